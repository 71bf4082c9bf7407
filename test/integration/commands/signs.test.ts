/** Signs of life in the database: what is due since when, and which worker processes run. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { gatherSigns } from '../../../src/commands/gather-signs.ts'
import { startSignOfLife } from '../../../src/commands/sign-of-life.ts'
import { sweep } from '../../../src/commands/sweep/sweep.ts'
import { dueOutbox } from '../../../src/db/queries/due-work.ts'
import { writeComposeRequests } from '../../../src/db/queries/planning/compose-requests.ts'
import { endCancellation, insertCancellations } from '../../../src/db/queries/task-cancellations.ts'
import type { ComposeNeed } from '../../../src/domain/rebuild/plan/compose-needs.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { eventually } from '../../support/eventually.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const NOTHING = {
  intake: null,
  discover: null,
  plan: null,
  submit: null,
  transition: null,
  decide: null,
  publish: null,
}
const due = async () => (await gatherSigns(ctx)).oldestDue

it('each queue has the time since which its oldest row is due', async () => {
  expect(await due()).toEqual(NOTHING)
  const event = await makeEvent(ctx, { state: 'INITIALIZED' })
  expect(await due()).toEqual({ ...NOTHING, discover: expect.any(Date) })
  const em = ctx.db.fork()
  await em.execute('update events set state = 1 where id = ?', [event])
  const parent = await makeBuild(ctx, event, { state: 'BUILD', taskId: 7 })
  await makeBuild(ctx, event, { depOn: parent })
  expect(await due()).toEqual(NOTHING)
  const completed = new Date('2026-11-28T01:02:03Z')
  await em.execute('update artifact_builds set state = 1, time_completed = ? where id = ?', [
    completed,
    parent,
  ])
  expect(await due()).toEqual({ ...NOTHING, submit: completed })
  const insert = `insert into inbox (message_id, topic, body, properties, received_at) values ('a', 't', '', '{}', ?)`
  await em.execute(insert, [completed])
  expect((await due()).intake).toEqual(completed)
})

it('the oldest message that was not accepted is known, until it is ended as the runbook describes', async () => {
  const eventId = await makeEvent(ctx)
  const em = ctx.db.fork()
  for (const topic of ['first', 'second'])
    await em.execute(`insert into outbox (event_id, topic, payload) values (?, ?, '{}')`, [eventId, topic])
  expect((await gatherSigns(ctx)).refused).toBeNull()
  await em.execute("update outbox set attempts = 3, last_error = 'amqp:not-found' where topic = 'first'")
  const { refused } = await gatherSigns(ctx)
  expect(refused).toMatchObject({ topic: 'first', eventId, attempts: 3, error: 'amqp:not-found' })
  const runbook = readFileSync('docs/runbooks/FreshwaveMessagesNotSent.md', 'utf8')
  const statement = runbook.match(/^ *(update outbox .+NUMBER.+);$/m)?.[1] ?? ''
  await em.execute(statement.replace('NUMBER', String(refused?.id)))
  expect((await gatherSigns(ctx)).refused).toBeNull()
  expect(await dueOutbox(em, new Date(Date.now() + 60_000))).toMatchObject([{ eventId }])
  const ended = 'select topic, last_error from outbox where published_at is not null'
  expect(await em.execute(ended)).toEqual([{ topic: 'first', last_error: 'not sent: amqp:not-found' }])
  await em.execute('delete from outbox')
})

it('composes that are to be requested are due since their builds were planned', async () => {
  const em = ctx.db.fork()
  await em.execute('delete from inbox; update events set state = 2')
  const event = await makeEvent(ctx, { state: 'BUILDING' })
  const nvr = 'httpd-container-1-1'
  const build = await makeBuild(ctx, event, { originalNvr: nvr })
  const planned = new Date('2026-11-28T01:02:03Z')
  await em.execute('update artifact_builds set time_submitted = ? where id = ?', [planned, build])
  expect(await due()).toEqual({ ...NOTHING, submit: planned })
  const need = { tag: 'x' } as unknown as ComposeNeed // only equal or not
  await writeComposeRequests(em, event, [{ nvr, need }])
  expect(await due()).toEqual({ ...NOTHING, plan: planned })
  await em.execute('update events set state = 2')
  expect(await due()).toEqual(NOTHING)
})

it('tasks that are to be canceled, tasks of dry runs and events that are to end are due', async () => {
  const em = ctx.db.fork()
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 28, 1, minute))
  const event = await makeEvent(ctx, { state: 'BUILDING' })
  const canceled = await makeBuild(ctx, event, { state: 'CANCELED', taskId: 8 })
  const dryRun = await makeBuild(ctx, event, { state: 'BUILD', taskId: -9 })
  await em.execute('update artifact_builds set task_submitted_at = ? where id = ?', [at(5), dryRun])
  expect(await due()).toEqual({ ...NOTHING, transition: at(5) })
  await insertCancellations(em, [{ buildId: canceled, taskId: 8 }], at(3))
  expect(await due()).toEqual({ ...NOTHING, transition: at(3) })
  await em.execute('update artifact_builds set state = 1, time_completed = ? where id = ?', [at(2), dryRun])
  await em.execute('update artifact_builds set time_completed = ? where id = ?', [at(1), canceled])
  expect(await due()).toEqual({ ...NOTHING, transition: at(2) })
  await endCancellation(em, canceled, 8)
  await em.execute('update events set state = 2')
  expect(await due()).toEqual(NOTHING)
})

it('the oldest event that has not ended is known', async () => {
  const em = ctx.db.fork()
  await em.execute('update events set state = 2')
  expect((await gatherSigns(ctx)).openSince).toBeNull()
  const timeCreated = new Date('2026-11-28T01:02:03Z')
  await makeEvent(ctx, { state: 'BUILDING', timeCreated })
  await makeEvent(ctx, { state: 'INITIALIZED' })
  expect((await gatherSigns(ctx)).openSince).toEqual(timeCreated)
})

it('a worker process is known from its start until it has stopped cleanly', async () => {
  const sign = startSignOfLife(ctx)
  const [known] = await eventually(
    async () => (await gatherSigns(ctx)).workers,
    (all) => all.length === 1,
  )
  expect(known).toMatchObject({ pid: process.pid })
  await sign.stop()
  expect((await gatherSigns(ctx)).workers).toEqual([])
})

it('a sign of life that the database takes late does not bring back a process that has stopped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const late = Promise.withResolvers<void>()
  let signs = 0
  const fork: typeof ctx.db.fork = () => {
    const em = ctx.db.fork()
    const execute = async (sql: string, values?: unknown[]) => {
      if (sql.startsWith('insert into worker_processes') && ++signs === 1) await late.promise
      return em.execute(sql, values)
    }
    return Object.assign(Object.create(em), { execute })
  }
  const sign = startSignOfLife({ ...ctx, db: { ...ctx.db, fork } })
  vi.advanceTimersByTime(10_000)
  const stopped = sign.stop()
  expect(signs).toBe(1) // the second one waits for the first
  late.resolve()
  await stopped
  expect(signs).toBe(2)
  expect((await gatherSigns(ctx)).workers).toEqual([])
})

it('a worker process that was killed is forgotten by the sweep ten minutes later', async () => {
  const gone = { ...ctx, now: () => new Date(Date.now() - 601_000) }
  const stop = startSignOfLife(gone).stop
  await eventually(
    async () => (await gatherSigns(ctx)).workers,
    (all) => all.length === 1,
  )
  await sweep(ctx)
  expect((await gatherSigns(ctx)).workers).toEqual([])
  await stop()
})
