import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi({}, 'trusted_proxies: [10.0.0.1]')
  for (let n = 0; n < 3; n++) await storeEvent(api.ctx.db)
})
afterAll(() => api.drop())

const LIST = '/api/1/events/'
const listSchema = z.object({ items: z.array(z.object({ id: z.number(), url: z.string() })) })
const answerOf = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  policy: response.headers.get('content-security-policy'),
  body: await response.text(),
})

it('equal requests at once get equal answers, each with the headers and the id of its own', async () => {
  const alone = await answerOf(await api.request(LIST))
  const responses = await Promise.all(Array.from({ length: 8 }, () => api.request(LIST)))
  const ids = responses.map(({ headers }) => headers.get('x-request-id'))
  expect(new Set(ids).size).toBe(8)
  for (const response of responses) expect(await answerOf(response)).toEqual(alone)
})

it('requests below another prefix have links of their own', async () => {
  const below = (prefix: string) =>
    api.request(`${prefix}${LIST}`, { from: '10.0.0.1', headers: { 'x-script-name': prefix } })
  const both = [below('/a'), below('/a'), below('/a'), below('/b'), below('/b'), below('/b')]
  const bodies = await Promise.all(
    both.map(async (response) => listSchema.parse(await (await response).json())),
  )
  const urls = bodies.map(({ items }) => items[0]?.url.slice(0, 3))
  expect(urls).toEqual(['/a/', '/a/', '/a/', '/b/', '/b/', '/b/'])
})

it('requests that are refused are each refused', async () => {
  const refused = Array.from({ length: 4 }, () => api.request(`${LIST}?state=nonsense`))
  for (const response of await Promise.all(refused)) {
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: 'Invalid state was supplied: nonsense' })
  }
})

it('an answer has what was there when it was requested, also beside equal requests', async () => {
  for (let n = 0; n < 10; n++) {
    const running = [api.json(LIST), api.json(LIST)]
    const id = await storeEvent(api.ctx.db)
    running.push(...Array.from({ length: 3 }, () => api.json(LIST)))
    const answers = await Promise.all(running)
    for (const { items } of answers.slice(2)) expect(items[0].id).toBe(id)
  }
})
