/** Pages of other sites, from which browsers send the certificates and tickets of their users (behaviour/freshmaker 4). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApi } from '../../../support/api/api.ts'
import { requestRebuild, startGuarded } from '../../../support/api/guarded-api.ts'
import { PROXY } from '../../../support/api/logins.ts'

describe('a page of another site', () => {
  let api: TestApi
  let closed: TestApi
  beforeAll(async () => {
    const settings = { permissions: { admin: { users: ['CN=root'] } } }
    api = await startGuarded({ AUTH_BACKEND: 'ssl' }, settings)
    closed = await startGuarded({ AUTH_BACKEND: 'ssl' }, { ...settings, read_requires_login: true })
  })
  afterAll(() => Promise.all([api.drop(), closed.drop()]))
  const browser = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': 'CN=root' }
  const get = (path: string, headers: Record<string, string>) =>
    closed.request(path, { from: PROXY, headers: { ...browser, ...headers } })

  it.each(['cross-site', 'same-site'])(
    'cannot change anything with the certificate of a visitor (%s)',
    async (site) => {
      const { status, body } = await requestRebuild(api, { headers: { ...browser, 'Sec-Fetch-Site': site } })
      expect([status, body.message]).toEqual([403, 'Requests from pages of other sites are not accepted.'])
      for (const own of ['same-origin', 'none'])
        expect((await requestRebuild(api, { headers: { ...browser, 'Sec-Fetch-Site': own } })).status).toBe(
          200,
        )
    },
  )

  it('cannot read what requires a login, but may link to it', async () => {
    const script = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }
    expect((await get('/api/v1.0/about?callback=f', script)).status).toBe(403)
    const visit = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    expect((await get('/api/1/events/', visit)).status).toBe(200)
  })
})
