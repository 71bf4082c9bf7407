import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ReadDelivery, storeDeliveries } from '../../../../src/commands/intake/store-deliveries.ts'
import { InboxMessage } from '../../../../src/db/entities/index.ts'
import type { Reading } from '../../../../src/domain/message.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { readCounter } from '../../../support/bus/ingest.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { hasRedis, type RedisServer, startRedis } from '../../../support/servers/redis.ts'

const NEW: Reading = { outcome: 'meaning', meaning: { kind: 'advisory-shipped', errataId: 1 } }

const taskEnded = (taskId: number): Reading => ({
  outcome: 'meaning',
  meaning: { kind: 'task-ended', taskId, state: 'CLOSED' },
})

function message(messageId: string, reading: Reading = NEW): ReadDelivery {
  const delivery = { messageId, topic: 'brew.task.closed', body: Buffer.from('{}'), properties: {} }
  return { delivery, reading }
}

describe.each(hasRedis ? [{ store: 'Redis' }] : [])('storing deliveries with the queues in $store', () => {
  let redis: RedisServer
  let ctx: TestContext

  beforeAll(async () => {
    redis = await startRedis()
    ctx = await createTestContext({ REDIS_URL: redis.url })
  })
  afterAll(async () => {
    await ctx.drop()
    await redis.stop()
  })

  const jobs = async () => {
    const waiting = await ctx.queues.byName.intake.getJobs(['waiting'])
    return waiting.map(({ data }) => data.inboxId as number).sort((a, b) => a - b)
  }
  const idsOf = async (...messageIds: string[]) => {
    const rows = await ctx.db
      .fork()
      .find(InboxMessage, { messageId: { $in: messageIds } }, { orderBy: { id: 1 } })
    return rows.map(({ id }) => id)
  }

  it('adds a job for each message that needs work, and none for the rest', async () => {
    await storeDeliveries(ctx, [
      message('todo'),
      message('ignored', { outcome: 'ignored', reason: 'no' }),
      message('failed', { outcome: 'failed', reason: 'broken' }),
    ])
    expect(await jobs()).toEqual(await idsOf('todo'))
    expect(await readCounter(ctx, 'messaging_rx_ignored')).toBe(1)
    expect(await readCounter(ctx, 'messaging_rx_failed')).toBe(1)
  })

  it('keeps the first of two messages with the same id, within a batch and over time', async () => {
    const failed = await readCounter(ctx, 'messaging_rx_failed')
    await storeDeliveries(ctx, [message('twice'), message('twice', { outcome: 'failed', reason: 'late' })])
    await storeDeliveries(ctx, [message('twice', { outcome: 'ignored', reason: 'later' })])
    const rows = await ctx.db.fork().find(InboxMessage, { messageId: 'twice' })
    expect(rows.map(({ state, reason }) => [state, reason])).toEqual([['new', null]])
    expect(await readCounter(ctx, 'messaging_rx_failed')).toBe(failed)
  })

  it('adds a job that could not be added before when the message is stored again', async () => {
    await redis.flush()
    await redis.kill()
    await expect(storeDeliveries(ctx, [message('stranded')])).rejects.toThrow()
    expect(await idsOf('stranded')).toHaveLength(1)
    await redis.start()
    await storeDeliveries(ctx, [message('stranded')])
    expect(await jobs()).toEqual(await idsOf('stranded'))
  })

  it('adds no job for a message that has been handled', async () => {
    await redis.flush()
    await storeDeliveries(ctx, [message('handled')])
    await redis.flush()
    await ctx.db.fork().nativeUpdate(InboxMessage, { messageId: 'handled' }, { state: 'done' })
    await storeDeliveries(ctx, [message('handled')])
    expect(await jobs()).toEqual([])
  })

  it('adds no job for reports about tasks and composes of others', async () => {
    await redis.flush()
    const compose: Reading = {
      outcome: 'meaning',
      meaning: { kind: 'compose-changed', odcsComposeId: 8, state: 'done' },
    }
    await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId: 71 })
    await storeDeliveries(ctx, [
      message('our task', taskEnded(71)),
      message('other task', taskEnded(72)),
      message('other compose', compose),
    ])
    expect(await jobs()).toEqual(await idsOf('our task'))
    const rows = await ctx.db
      .fork()
      .find(InboxMessage, { messageId: { $in: ['other task', 'other compose'] } }, { orderBy: { id: 'asc' } })
    expect(rows.map(({ state, reason }) => [state, reason])).toEqual([
      ['ignored', 'No build here waits for task 72.'],
      ['ignored', 'No build here waits for compose 8.'],
    ])
  })

  it('adds the job for the end of a task that became ours while the row was stored', async () => {
    await redis.flush()
    const event = await makeEvent(ctx)
    await storeDeliveries(ctx, [
      message('became ours', taskEnded(73)),
      message('stays foreign', taskEnded(74)),
    ])
    expect(await jobs()).toEqual([])
    await makeBuild(ctx, event, { state: 'BUILD', taskId: 73 })
    const again = [message('became ours', taskEnded(73)), message('stays foreign', taskEnded(74))]
    await storeDeliveries(ctx, again)
    expect(await jobs()).toEqual(await idsOf('became ours'))
    const rows = await ctx.db
      .fork()
      .find(InboxMessage, { messageId: { $in: ['became ours', 'stays foreign'] } }, { orderBy: { id: 1 } })
    expect(rows.map(({ state, reason }) => [state, reason])).toEqual([
      ['new', null],
      ['ignored', 'No build here waits for task 74.'],
    ])
  })

  it('notices a task that becomes ours between reading and storing', async () => {
    await redis.flush()
    const build = await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId: 1 })
    // The row of the message is what stores the number: so it comes after the first look, and before the second.
    await ctx.db.fork().execute(`create function store_number() returns trigger language plpgsql as
      $$ begin update artifact_builds set build_id = 75 where id = ${build}; return new; end $$`)
    await ctx.db
      .fork()
      .execute('create trigger t before insert on inbox for each row execute function store_number()')
    await storeDeliveries(ctx, [message('just in time', taskEnded(75))])
    await ctx.db.fork().execute('drop trigger t on inbox')
    await ctx.db.fork().execute('drop function store_number')
    expect(await jobs()).toEqual(await idsOf('just in time'))
  })

  it('keeps every character as it was', async () => {
    const odd = `'"\\ ? ?? $1 :name \u2028 ü 💥 \\x00 --`
    const delivery = {
      messageId: odd,
      topic: odd,
      body: Buffer.from([0, 1, 39, 63, 92, 255]),
      properties: { [odd]: odd },
    }
    await storeDeliveries(ctx, [{ delivery, reading: { outcome: 'failed', reason: odd } }])
    const row = await ctx.db.orm.em.fork().findOneOrFail(InboxMessage, { messageId: odd })
    expect(row).toMatchObject({ topic: odd, properties: { [odd]: odd }, reason: odd })
    expect(Buffer.from(row.body)).toEqual(delivery.body)
  })
})
