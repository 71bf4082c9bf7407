/** Facts that wait for one event are applied together, each with its own end. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { createLog } from '../../../../src/lib/log.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { readEventById } from '../../../support/database/events.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

let lastTask = 5000
/** A running event with so many builds, whose tasks run. */
async function running(count: number) {
  const event = await makeEvent(ctx)
  const builds: { buildId: number; taskId: number }[] = []
  for (let n = 0; n < count; n += 1) {
    lastTask += 1
    builds.push({
      buildId: await makeBuild(ctx, event, { state: 'BUILD', taskId: lastTask }),
      taskId: lastTask,
    })
  }
  return { event, builds }
}
const closed = (build: { buildId: number; taskId: number }) => ({
  kind: 'task-closed' as const,
  ...build,
  verification: { ok: true as const },
})

it('all facts that wait need few transactions, and send each message once, the end of the event last', async () => {
  const { event, builds } = await running(40)
  await Promise.all(builds.map((build) => applyFact(ctx, event, closed(build))))
  const now = await readEventById(ctx.db, event)
  expect(now?.builds.map(({ state }) => state)).toEqual(Array(40).fill('DONE'))
  expect(now?.state).toBe('COMPLETE')
  const rows = await ctx.db
    .fork()
    .execute<{ topic: string; build: number | null; made: string }[]>(
      `select topic, (payload ->> 'id')::int as build, xmin::text as made from outbox where event_id = ? order by id`,
      [event],
    )
  expect(rows.map(({ topic }) => topic)).toEqual([
    ...Array(40).fill('build.state.changed'),
    'event.state.changed',
    'event.state.changed.min',
  ])
  expect(rows.slice(0, 40).map(({ build }) => build)).toEqual(builds.map(({ buildId }) => buildId))
  expect(new Set(rows.map(({ made }) => made)).size).toBeLessThanOrEqual(2)
})

it('each fact gets its own outcome', async () => {
  const { event, builds } = await running(3)
  const [first, second] = builds
  if (!first || !second) throw new Error('no builds')
  const outcomes = await Promise.all(
    [first, second, second].map((build) => applyFact(ctx, event, closed(build))),
  )
  expect(outcomes.map(({ changes, ignored }) => [changes.length, ignored !== undefined])).toEqual([
    [1, false],
    [1, false],
    [0, true],
  ])
})

it('a fact that cannot be written fails alone', async () => {
  const { event, builds } = await running(3)
  const [first, second, third] = builds
  if (!first || !second || !third) throw new Error('no builds')
  const odd = await makeBuild(ctx, event)
  const tooLarge = { kind: 'task-submitted', buildId: odd, taskId: 2 ** 31, retryCount: 0 } as const
  const ends = await Promise.allSettled([
    applyFact(ctx, event, closed(first)),
    applyFact(ctx, event, tooLarge),
    applyFact(ctx, event, closed(second)),
    applyFact(ctx, event, closed(third)),
  ])
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  const now = await readEventById(ctx.db, event)
  expect(now?.builds.map(({ state }) => state)).toEqual(['DONE', 'DONE', 'DONE', 'PLANNED'])
})

it('facts of another event do not wait', async () => {
  const held = await running(2)
  const free = await running(2)
  let waiting: Promise<unknown> = Promise.resolve()
  await ctx.db.transaction(async (em) => {
    await em.execute('select 1 from events where id = ? for update', [held.event])
    waiting = Promise.all(held.builds.map((build) => applyFact(ctx, held.event, closed(build))))
    await Promise.all(free.builds.map((build) => applyFact(ctx, free.event, closed(build))))
    expect(await buildColumn(ctx, held.builds[0]?.buildId ?? 0, 'state')).not.toBe(
      await buildColumn(ctx, free.builds[0]?.buildId ?? 0, 'state'),
    )
  })
  await waiting
  expect((await readEventById(ctx.db, held.event))?.state).toBe('COMPLETE')
})

it('the log has the reason why a try failed, in the words of the build system', async () => {
  const { event, builds } = await running(1)
  const [build] = builds
  if (!build) throw new Error('no build')
  const lines: object[] = []
  const log = Object.assign(createLog('silent'), { info: (fields: object) => void lines.push(fields) })
  const detail = `no space left ${'.'.repeat(5000)}`
  await applyFact({ ...ctx, log }, event, { kind: 'task-failed', ...build, detail })
  expect(lines).toContainEqual({
    event,
    build: build.buildId,
    from: 'BUILD',
    to: 'PLANNED',
    reason: `Retrying failed build ${build.taskId}`,
    detail: detail.slice(0, 2000),
  })
})

it.each([
  ['DONE', { ok: true as const }, 'Built successfully.'],
  ['FAILED', { ok: false as const, text: 'openssl is too old' }, 'openssl is too old'],
])('a build that is %s does not show why an earlier try failed', async (_state, verification, reason) => {
  const { event, builds } = await running(1)
  const [build] = builds
  if (!build) throw new Error('no build')
  const { buildId } = build
  await applyFact(ctx, event, { kind: 'task-failed', ...build, detail: 'no space left' })
  expect(await buildColumn(ctx, buildId, 'failure_detail')).toBe('no space left')
  lastTask += 1
  const taskId = lastTask
  await applyFact(ctx, event, { kind: 'task-submitted', buildId, taskId, retryCount: 1 })
  await applyFact(ctx, event, { kind: 'task-closed', buildId, taskId, verification })
  expect(await buildColumn(ctx, buildId, 'state_reason')).toBe(reason)
  expect(await buildColumn(ctx, buildId, 'failure_detail')).toBeNull()
})

it('texts from outside are stored without their middle when they are very long', async () => {
  const { event, builds } = await running(1)
  const [build] = builds
  if (!build) throw new Error('no build')
  const output = `first line${'.'.repeat(1_000_000)}last line`
  const kept = /^first line\.{4990}\n\[characters left out: 990019\]\n\.{4991}last line$/
  await applyFact(ctx, event, { kind: 'task-failed', ...build, detail: output })
  expect(await buildColumn(ctx, build.buildId, 'failure_detail')).toMatch(kept)
  await applyFact(ctx, event, { kind: 'submission-refused', buildId: build.buildId, reason: output })
  expect(await buildColumn(ctx, build.buildId, 'state_reason')).toMatch(kept)
  const other = await makeEvent(ctx, { state: 'INITIALIZED' })
  await applyFact(ctx, other, { kind: 'event-failed', reason: output })
  expect((await readEventById(ctx.db, other))?.stateReason).toMatch(kept)
})

it('texts from outside are stored, whatever is in them', async () => {
  const { event, builds } = await running(1)
  const [build] = builds
  if (!build) throw new Error('no build')
  const hostile = (name: string) => `${name} \0 \ud800`
  await applyFact(ctx, event, { kind: 'task-failed', ...build, detail: hostile('output') })
  expect(await buildColumn(ctx, build.buildId, 'failure_detail')).toBe('output \ufffd \ufffd')
  await applyFact(ctx, event, { kind: 'submission-refused', buildId: build.buildId, reason: hostile('odd') })
  expect(await buildColumn(ctx, build.buildId, 'state_reason')).toBe('odd \ufffd \ufffd')
  const other = await makeEvent(ctx, { state: 'INITIALIZED' })
  await applyFact(ctx, other, { kind: 'event-failed', reason: hostile('answer') })
  expect((await readEventById(ctx.db, other))?.stateReason).toBe('answer \ufffd \ufffd')
})
