/** Changes over the API while the store of the queues is away: they are made and reported as made, and the sweep adds the jobs. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { InboxMessage } from '../../../src/db/entities/index.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { startApi, type TestApi } from '../../support/api/api.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

let redis: RedisServer
let api: TestApi
beforeAll(async () => {
  redis = await startRedis()
  api = await startApi({ REDIS_URL: redis.url })
  await redis.kill()
})
afterAll(async () => {
  await api?.drop()
  await redis?.stop()
})

const send = (method: string, path: string, body: object) =>
  api.json(path, 200, { method, body: JSON.stringify(body) })
const outcomes = async () => {
  const { items } = await api.json('/api/2/audit')
  return items.map(({ action, outcome }: { action: string; outcome: string }) => [action, outcome])
}

it('the API opens events, cancels, retries and replays', async () => {
  const { id } = await send('POST', '/api/2/async-builds/', {
    dist_git_branch: 'main',
    container_images: ['a', 'b'],
  })
  const canceled = await send('PATCH', `/api/2/events/${id}`, { action: 'cancel' })
  expect(canceled.state_name).toBe('CANCELED')

  const failed = await makeEvent(api.ctx, { state: 'FAILED' })
  await makeBuild(api.ctx, failed, { state: 'FAILED', originalNvr: 'a-1-1' })
  const { builds } = await send('POST', `/api/2/events/${failed}/retry`, {})
  expect(builds).toHaveLength(1)

  const message = await api.ctx.db.fork().insert(InboxMessage, {
    messageId: 'm-1',
    topic: 'topic://VirtualTopic.eng.errata.activity.status',
    body: Buffer.from('{"errata_id": 7, "to": "SHIPPED_LIVE", "content_types": ["rpm"]}'),
    properties: {},
    meaning: null,
    state: 'failed',
    reason: 'because',
  })
  expect(await send('POST', `/api/2/inbox/${message}/replay`, {})).toMatchObject({ state: 'new' })

  expect(await outcomes()).toEqual([
    ['replay', 'done'],
    ['retry', 'done'],
    ['cancel', 'done'],
    ['async-rebuild', 'done'],
  ])
})
