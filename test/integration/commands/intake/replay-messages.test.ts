/** Failed messages can be read again once the cause is fixed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ReplayRequester,
  replayMessage,
  replayMessages,
} from '../../../../src/commands/intake/replay-messages.ts'
import { AuditEntry } from '../../../../src/db/entities/audit-entry.ts'
import { InboxMessage } from '../../../../src/db/entities/index.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

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
const operator: ReplayRequester = {
  who: 'root',
  credential: 'local',
  from: { door: 'command-line', address: 'host' },
}
const replay = (ids: readonly number[]) => replayMessages(ctx, ids, operator)
const countWaiting = async () => {
  const sql = `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  const [row] = await ctx.db.fork().execute<{ count: number }[]>(sql)
  return row?.count ?? 0
}
const shipped = '{"errata_id": 7, "to": "SHIPPED_LIVE"}'

describe('failed messages', () => {
  it('become new with a meaning, and get an intake job', async () => {
    const id = await store(shipped)
    expect(await replay([id])).toEqual([{ id, state: 'new', reason: null }])
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
    const [again] = await replay([id])
    expect(again).toMatchObject({ id, state: 'failed' })
    expect(again?.reason).not.toBe('the old parser failed')
  })

  it('and ignored ones are the only messages that are replayed', async () => {
    const done = await store(shipped, { state: 'done' })
    const ignored = await store(shipped, { state: 'ignored' })
    expect((await replay([done, ignored, 999_999])).map(({ id }) => id)).toEqual([ignored])
  })

  it('are replayed once when two callers do it at the same moment', async () => {
    const id = await store(shipped)
    const held = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const holding = ctx.db.transaction(async (em) => {
      await em.execute('select from inbox where id = ? for update', [id])
      held.resolve()
      await released.promise
    })
    await held.promise
    const replaying = Promise.all([replay([id]), replay([id])])
    // Both have read the row, and are about to change it.
    await eventually(countWaiting, (waiting) => waiting === 2)
    released.resolve()
    expect((await replaying).flat()).toEqual([{ id, state: 'new', reason: null }])
    expect(await ctx.db.fork().find(AuditEntry, { subject: `message ${id}` })).toHaveLength(1)
    await holding
  })

  it('leave a row in the audit each, in the transaction that changes them', async () => {
    const [meant, unreadable, done] = [
      await store(shipped),
      await store('{'),
      await store(shipped, { state: 'done' }),
    ]
    await replay([meant, unreadable, done])
    const subjects = [meant, unreadable, done].map((id) => `message ${id}`)
    const rows = await ctx.db.fork().find(AuditEntry, { subject: { $in: subjects } }, { orderBy: { id: 1 } })
    expect(rows).toMatchObject([
      {
        who: 'root',
        credential: 'local',
        door: 'command-line',
        address: 'host',
        action: 'replay',
        outcome: 'done',
      },
      {
        subject: `message ${unreadable}`,
        detail: expect.stringMatching(/^failed: The body is not valid JSON/),
      },
    ])
    expect(rows[0]).toMatchObject({ subject: `message ${meant}`, detail: 'new' })
  })

  it('are refused one by one with the reason when they are in another state', async () => {
    const done = await store(shipped, { state: 'done' })
    await expect(replayMessage(ctx, done, operator)).rejects.toThrow(
      `Message ${done} is done: only failed and ignored messages can be replayed.`,
    )
    expect(await replayMessage(ctx, 999_999, operator)).toBeUndefined()
  })
})
