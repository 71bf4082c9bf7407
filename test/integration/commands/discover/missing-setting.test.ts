/** An event whose handler lacks a setting, which requests may open and messages do not: it waits with the reason. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startWorkers } from '../../../../workers/main.ts'
import { startApi, type TestApi } from '../../../support/api/api.ts'
import { eventually } from '../../../support/eventually.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi({}, 'handler_build_allowlist: {global: {image: {manual: true}}}')
})
afterAll(() => api.drop())

it('the event reports what it waits for', async () => {
  const body = JSON.stringify({ dist_git_branch: 'main', container_images: ['a'] })
  const { id } = await api.json('/api/2/async-builds/', 200, { method: 'POST', body })
  const reason = 'Waits for pyxis: The catalogue is not configured (PYXIS_GRAPHQL_URL).'
  const workers = await startWorkers(api.ctx)
  onTestFinished(() => workers.stop())
  const why = async () => (await api.json(`/api/2/events/${id}/why`)).waiting
  expect(await eventually(why, (waiting) => waiting.length > 0)).toMatchObject([{ service: 'pyxis', reason }])
})
