/** Requests that need an outside service end after a minute, although its clients would go on for longer. */
import { expect, it, onTestFinished } from 'vitest'
import { startApi } from '../../../support/api/api.ts'
import { serve } from '../../../support/servers/http-server.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

it.each([
  ['a rebuild', 'errata', 2, '/api/1/builds/', { method: 'POST', body: '{"errata_id": 1}' }],
  ['a plan', 'errata', 2, '/api/2/plans', { method: 'POST', body: '{"errata_id": 1}' }],
  ['the list of missed advisories', 'errata', 1, '/api/2/advisories/missed', {}],
  ['the check of an image', 'pyxis', 1, '/api/1/verify-image/a-1-1', {}],
  ['the check of a repository', 'pyxis', 1, '/api/2/verify-image-repository/a/b', {}],
])('a request for %s is 504 while %s does not answer', async (_, service, requests, path, init) => {
  const { url, received } = await serve(() => undefined)
  const api = await startApi({ ERRATA_URL: url, PYXIS_GRAPHQL_URL: url }, 'requests_timeout: 1000\n')
  onTestFinished(() => api.drop())
  const { pass, until } = stopClock()
  const answer = api.request(path, init)
  await until(received, requests)
  await pass(60_000)
  const response = await answer
  expect([response.status, await response.json()]).toEqual([
    504,
    { status: 504, error: 'Gateway Timeout', message: `${service}: no answer within 60 s` },
  ])
  expect((await api.json('/api/1/events/')).items).toEqual([])
})
