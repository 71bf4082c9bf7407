/** Checks what becomes of events and builds that Freshmaker has not finished (decision 0030). */
import { expect, it, onTestFinished } from 'vitest'
import { resumeEvent } from '../../../../src/commands/resume-event.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { eventsToEnd } from '../../../../src/db/queries/due-work.ts'
import { runningTaskIds } from '../../../../src/db/queries/running-tasks.ts'
import { createTestContext } from '../../../support/context.ts'
import { createFreshmaker } from '../../../support/database/freshmaker-database.ts'
import { freshmakerBuild, freshmakerEvent } from '../../../support/database/freshmaker-history.ts'
import { countsOf, dumpOf, importFrom } from '../../../support/database/imports.ts'

const INITIALIZED = 0
const BUILDING = 1
const [BUILD, DONE, PLANNED] = [0, 1, 4]
const NOT_SUBMITTED = /^Freshmaker had not submitted this build .* freshwave retry 2 builds it\.$/

async function prepare() {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const from = await createFreshmaker('sqlite')
  onTestFinished(from.drop)
  await from.insert({
    events: [
      freshmakerEvent(1, { state: 2 }),
      freshmakerEvent(2, { state: BUILDING, time_done: null, time_created: '2026-11-27 10:20:30.000250' }),
      freshmakerEvent(3, { state: INITIALIZED, time_done: null, search_key: '200000' }),
      freshmakerEvent(4, { state: BUILDING, time_done: null }),
    ],
    artifact_builds: [
      freshmakerBuild(1, 1),
      freshmakerBuild(2, 1, { state: PLANNED, time_completed: null }),
      freshmakerBuild(3, 1, { state: BUILD, time_completed: null }),
      freshmakerBuild(10, 2, { state: DONE }),
      freshmakerBuild(11, 2, { state: BUILD, time_completed: null, dep_on_id: 10 }),
      freshmakerBuild(12, 2, { state: PLANNED, time_completed: null, dep_on_id: 11 }),
      freshmakerBuild(13, 2, { state: BUILD, time_completed: null, build_id: null }),
      freshmakerBuild(20, 4, { state: PLANNED, time_completed: null }),
    ],
    composes: [{ id: 1, odcs_compose_id: 7001 }],
    artifact_build_composes: [
      { build_id: 1, compose_id: 1 },
      { build_id: 12, compose_id: 1 },
    ],
    event_dependencies: [{ id: 1, event_id: 2, event_dependency_id: 1 }],
  })
  const states = async () => {
    const rows = await ctx.db
      .fork()
      .execute<{ id: number; state: number; reason: string | null }[]>(
        'select id, state, state_reason as reason from artifact_builds order by id',
      )
    return new Map(rows.map(({ id, ...rest }) => [id, rest]))
  }
  const to = { db: ctx.db, url: ctx.databaseUrl }
  return { ctx, from, to, states }
}

it('running events are left out with all that belongs to them, unless they are requested', async () => {
  const { from, to, states } = await prepare()
  const expected = {
    users: [0, 0, 0, 0],
    events: [1, 0, 3, 0],
    composes: [1, 0, 0, 0],
    artifact_builds: [3, 0, 5, 0],
    artifact_build_composes: [1, 0, 1, 0],
    event_dependencies: [0, 0, 1, 0],
  }
  expect(countsOf(await importFrom(from, to, { dryRun: true }))).toEqual(expected)
  expect(countsOf(await importFrom(from, to))).toEqual(expected)
  expect([...(await states()).keys()]).toEqual([1, 2, 3])

  const rest = {
    users: [0, 0, 0, 0],
    events: [3, 1, 0, 0],
    composes: [0, 1, 0, 0],
    artifact_builds: [5, 3, 0, 0],
    artifact_build_composes: [1, 1, 0, 0],
    event_dependencies: [1, 0, 0, 0],
  }
  expect(countsOf(await importFrom(from, to, { withRunning: true, dryRun: true }))).toEqual(rest)
  expect(countsOf(await importFrom(from, to, { withRunning: true }))).toEqual(rest)
  const once = await dumpOf(to.db)
  expect(countsOf(await importFrom(from, to, { withRunning: true }))).toEqual({
    users: [0, 0, 0, 0],
    events: [0, 4, 0, 0],
    composes: [0, 1, 0, 0],
    artifact_builds: [0, 8, 0, 0],
    artifact_build_composes: [0, 2, 0, 0],
    event_dependencies: [0, 1, 0, 0],
  })
  expect(await dumpOf(to.db)).toEqual(once)
})

it('builds with a task are followed, builds without one are FAILED, open builds of ended events CANCELED', async () => {
  const { ctx, from, to, states } = await prepare()
  await importFrom(from, to, { withRunning: true })
  const builds = await states()
  const forgotten = expect.stringMatching(
    /^Freshmaker had left this build in state (PLANNED|BUILD) when its event ended/,
  )
  expect(builds.get(1)).toMatchObject({ state: 1 })
  expect(builds.get(2)).toEqual({ state: 3, reason: forgotten })
  expect(builds.get(3)).toEqual({ state: 3, reason: forgotten })
  expect(builds.get(11)).toMatchObject({ state: 0, reason: 'Built successfully.' })
  expect(builds.get(12)).toEqual({ state: 2, reason: expect.stringMatching(NOT_SUBMITTED) })
  expect(builds.get(13)).toEqual({ state: 2, reason: expect.stringMatching(NOT_SUBMITTED) })
  expect(await runningTaskIds(ctx.db.fork())).toEqual([60_000_011])
  const events = await ctx.db
    .fork()
    .execute<object[]>(
      'select id, state, state_reason as reason, time_done is null as open from events order by id',
    )
  expect(events).toMatchObject([
    { id: 1, state: 2, open: false },
    { id: 2, state: 1, open: true },
    { id: 3, state: 3, open: false, reason: expect.stringMatching(/freshwave retry 3 starts it again\.$/) },
    { id: 4, state: 1, open: true },
  ])
  const [note] = await ctx.db
    .fork()
    .execute<object[]>('select verification_note as note from artifact_builds where id = 11')
  expect(note).toEqual({
    note: 'Submitted by Freshmaker: its RPMs were not compared with those of the advisory.',
  })
})

it('a running event ends when its last task has ended, and is resumed with what was not submitted', async () => {
  const { ctx, from, to } = await prepare()
  await importFrom(from, to, { withRunning: true })
  const stateOf = async (id: number) =>
    (await ctx.db.fork().execute<{ state: number }[]>('select state from events where id = ?', [id]))[0]
      ?.state
  // Nothing of event 4 is left to wait for.
  expect(await eventsToEnd(ctx.db.fork())).toEqual([4])
  await applyFact(ctx, 4, { kind: 'recheck' })
  expect(await stateOf(4)).toBe(3)

  await applyFact(ctx, 2, {
    kind: 'task-closed',
    buildId: 11,
    taskId: 60_000_011,
    verification: { ok: true },
  })
  expect(await stateOf(2)).toBe(2)
  const origin = { credential: 'local', from: { door: 'command-line', address: null } } as const
  const request = { buildIds: [], requester: null, origin, reason: null }
  expect(await resumeEvent(ctx, { ...request, eventId: 2 })).toMatchObject({ builds: [12, 13] })
  expect(await resumeEvent(ctx, { ...request, eventId: 3 })).toMatchObject({ builds: [] })
})

it('a task that failed long ago ends its build, which is not built again by itself', async () => {
  const { ctx, from, to } = await prepare()
  await from.insert({
    events: [freshmakerEvent(5, { state: BUILDING, time_done: null, time_created: '2021-05-01 10:20:30' })],
    artifact_builds: [freshmakerBuild(40, 5, { state: BUILD, time_completed: null })],
  })
  await importFrom(from, to, { withRunning: true })
  const [taskId, detail] = [60_000_040, 'it failed in 2021']
  await applyFact(ctx, 5, { kind: 'task-failed', buildId: 40, taskId, detail })
  const rows = await ctx.db
    .fork()
    .execute<object[]>(
      'select b.state, e.state as event from artifact_builds b join events e on e.id = b.event_id where b.id = 40',
    )
  expect(rows).toEqual([{ state: 2, event: 3 }])
})

it('an event that Freshmaker goes on with after its import is reported', async () => {
  const { from, to } = await prepare()
  await importFrom(from, to, { withRunning: true })
  await from.insert({ artifact_builds: [freshmakerBuild(30, 3, { state: PLANNED })] })
  const report = await importFrom(from, to, { withRunning: true })
  expect(report.refused).toEqual([
    { table: 'artifact_builds', id: '30', reason: 'its event 3 was imported before it existed' },
  ])
})
