/** Failed messages can be listed, and read again once the cause is fixed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../src/db/entities/index.ts'
import { listFailed, replay } from '../../../src/ingest/replay.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const TOPIC = 'topic://VirtualTopic.eng.errata.activity.status'
const store = async (body: string, over: Partial<InboxMessage> = {}): Promise<number> => {
  const id = await ctx.db.fork().insert(InboxMessage, {
    messageId: `m-${crypto.randomUUID()}`,
    topic: TOPIC,
    body: Buffer.from(body),
    properties: {},
    state: 'failed' as const,
    reason: 'the old parser failed',
    ...over,
  } as InboxMessage)
  return Number(id) // a bigint column's own type is text
}
const shipped = '{"errata_id": 7, "to": "SHIPPED_LIVE"}'

describe('failed messages', () => {
  it('are listed, newest first, with their reasons', async () => {
    const [first, second] = [await store('{'), await store('[')]
    const listed = (await listFailed(ctx)).map((row) => [row.id, row.reason])
    expect(listed.slice(0, 2)).toEqual([
      [second, 'the old parser failed'],
      [first, 'the old parser failed'],
    ])
  })

  it('become new with a meaning, and get an intake job', async () => {
    const id = await store(shipped)
    expect(await replay(ctx, [id])).toEqual([{ id, state: 'new', reason: null }])
    const row = await ctx.db.orm.em.fork().findOneOrFail(InboxMessage, { id })
    expect(row).toMatchObject({
      state: 'new',
      reason: null,
      meaning: { kind: 'advisory-shipped', errataId: 7 },
    })
    expect(await ctx.queues.byName.intake.getJob(`intake-${id}`)).toBeDefined()
  })

  it('stay failed with the current reason when they still cannot be read', async () => {
    const id = await store('{')
    const [again] = await replay(ctx, [id])
    expect(again).toMatchObject({ id, state: 'failed' })
    expect(again?.reason).not.toBe('the old parser failed')
  })

  it('and ignored ones are the only messages that are replayed', async () => {
    const done = await store(shipped, { state: 'done' })
    const ignored = await store(shipped, { state: 'ignored' })
    expect((await replay(ctx, [done, ignored, 999_999])).map(({ id }) => id)).toEqual([ignored])
  })
})
