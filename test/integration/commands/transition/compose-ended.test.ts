/** A compose that ends: its builds go on or fail, also when a process ended between two of the steps. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { requestComposes } from '../../../../src/commands/plan/request-composes.ts'
import { pollComposes } from '../../../../src/commands/poll/poll-composes.ts'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { composeReported, giveUpCompose } from '../../../../src/commands/transition/compose-ended.ts'
import { readyAmong } from '../../../../src/db/queries/due-work.ts'
import {
  linkCompose,
  requestAgain,
  writeComposeRequests,
} from '../../../../src/db/queries/planning/compose-requests.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { transition } from '../../../../workers/transition.ts'
import { buildColumn, COMPOSE_NEED, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { untilLockIsAwaited } from '../../../support/database/awaited-locks.ts'
import { eventually } from '../../../support/eventually.ts'

const STORED_FAILED = 4
const START = new Date('2026-11-27T12:00:00Z')

let lab: Lab
let ctx: TestContext
let now = START
beforeAll(async () => {
  lab = await startLab()
  ctx = { ...(await createTestContext(lab.urls, 'verify_patience_s: 60')), now: () => now }
})
afterAll(async () => {
  await ctx.drop()
  await lab.stop()
})

/** A planned build of a running event that waits for a compose; ODCS has `state` for it, we still have `stored`. */
async function waitingBuild(state: 'done' | 'failed', stored: number | null) {
  const [source] = lab.world.odcs.composes.values()
  if (!source) throw new Error('the catalogue has no compose')
  const odcsId = lab.world.odcs.nextId++
  lab.world.odcs.composes.set(odcsId, { ...source, id: odcsId, state })
  const build = await makeBuild(ctx, await makeEvent(ctx, { state: 'BUILDING' }))
  const em = ctx.db.fork()
  const insert = 'insert into composes (odcs_compose_id, state) values (?, ?) returning id'
  const [compose] = await em.execute<{ id: number }[]>(insert, [odcsId, stored])
  const link = 'insert into artifact_build_composes (build_id, compose_id) values (?, ?)'
  await em.execute(link, [build, compose?.id])
  return { build, odcsId }
}
const stateOf = (build: number) => buildColumn<number>(ctx, build, 'state')
const isReady = async (build: number) => (await readyAmong(ctx.db.fork(), [build])).length > 0

describe('a compose whose record cannot be read', () => {
  const report = (odcsComposeId: number) =>
    attempt(ctx, {
      queue: 'transition',
      worker: transition,
      payload: { kind: 'compose-reported', odcsComposeId },
      isLast: true,
    })

  it('is looked at again until the patience is over; then its builds end, and no other', async () => {
    const odd = await waitingBuild('done', null)
    const other = await waitingBuild('done', null)
    lab.world.mutate = (service, operation, json) =>
      service === 'odcs' && operation.startsWith('GET') && Object(json).id === odd.odcsId
        ? { ...Object(json), state: 'done' }
        : json
    now = START
    await expect(report(odd.odcsId)).rejects.toBeInstanceOf(NotReady)
    expect(await stateOf(odd.build)).toBe(BUILD_STATES.PLANNED)
    now = new Date(START.getTime() + 60_000)
    await report(odd.odcsId)
    await giveUpCompose(ctx, odd.odcsId, 'a second time')
    expect(await stateOf(odd.build)).toBe(BUILD_STATES.FAILED)
    expect(await buildColumn(ctx, odd.build, 'state_reason')).toMatch(
      /^Handling of build failed with traceback: odcs: GET .*unexpected answer at 'state'.*\(waited 1 min 0 s\)$/,
    )
    await report(other.odcsId)
    expect(await isReady(other.build)).toBe(true)
    lab.world.mutate = null
    await report(odd.odcsId)
    expect(await stateOf(odd.build)).toBe(BUILD_STATES.FAILED)
  })

  it('lets its build go on when it can be read in time', async () => {
    const { build, odcsId } = await waitingBuild('done', null)
    lab.world.mutate = (service, _operation, json) => (service === 'odcs' ? [json] : json)
    now = START
    await expect(report(odcsId)).rejects.toBeInstanceOf(NotReady)
    lab.world.mutate = null
    await report(odcsId)
    expect(await isReady(build)).toBe(true)
  })
})

describe('a compose that ODCS no longer knows', () => {
  /** A build that waits for a parent, with a compose that it has requested. */
  async function buildWithCompose(): Promise<{ build: number; event: number; odcsId: number }> {
    const event = await makeEvent(ctx, { state: 'BUILDING' })
    const parent = await makeBuild(ctx, event, { originalNvr: 'parent-1-1' })
    const build = await makeBuild(ctx, event, { originalNvr: 'needy-1-1', depOn: parent })
    await writeComposeRequests(ctx.db.fork(), event, [{ nvr: 'needy-1-1', need: COMPOSE_NEED }])
    await requestComposes(ctx, event)
    const [odcsId = 0] = await composesOf(build)
    await eventually(
      () => lab.world.odcs.composes.get(odcsId)?.state,
      (state) => state === 'done',
    )
    return { build, event, odcsId }
  }
  const composesOf = async (build: number) => {
    const sql = `select c.odcs_compose_id as id from composes c
      join artifact_build_composes l on l.compose_id = c.id where l.build_id = ?`
    return (await ctx.db.fork().execute<{ id: number }[]>(sql, [build])).map(({ id }) => id)
  }

  it('is requested again when it was done before, and nothing is built on it', async () => {
    const { build, event, odcsId } = await buildWithCompose()
    await composeReported(ctx, odcsId)
    lab.world.odcs.composes.delete(odcsId)
    await composeReported(ctx, odcsId)
    expect(await composesOf(build)).toEqual([])
    expect(await stateOf(build)).toBe(BUILD_STATES.PLANNED)
    const jobs = await ctx.queues.byName.plan.getJobs(['prioritized', 'waiting'])
    expect(jobs.map((job) => job.data)).toContainEqual({ eventId: event })
    await composeReported(ctx, odcsId)
    await requestComposes(ctx, event)
    expect(await composesOf(build)).toEqual([lab.world.odcs.nextId - 1])
    expect(await composesOf(build)).not.toContain(odcsId)
    expect(await stateOf(build)).toBe(BUILD_STATES.PLANNED)
  })

  it('is requested again once, also when two runs notice it at the same time', async () => {
    const { build, event, odcsId } = await buildWithCompose()
    await composeReported(ctx, odcsId)
    const em = ctx.db.fork()
    const sql = 'select id from compose_requests where event_id = ?'
    const [request = { id: 0 }] = await em.execute<{ id: number }[]>(sql, [event])
    const newest = odcsId + 100_000
    let second: Promise<number[]> | undefined
    await ctx.db.transaction(async (first) => {
      expect(await requestAgain(first, odcsId)).toEqual([event])
      second = requestAgain(em, odcsId)
      await untilLockIsAwaited(ctx.db)
      await linkCompose(first, request.id, { odcsId: newest, state: 'done' })
    })
    expect(await second).toEqual([])
    expect(await composesOf(build)).toEqual([newest])
    expect(
      await em.execute('select compose_id is not null as linked from compose_requests where id = ?', [
        request.id,
      ]),
    ).toEqual([{ linked: true }])
  })

  it('ends its builds when it was never done, or was not requested here', async () => {
    const { build, odcsId } = await buildWithCompose()
    lab.world.odcs.composes.delete(odcsId)
    await composeReported(ctx, odcsId)
    expect(await stateOf(build)).toBe(BUILD_STATES.FAILED)
    const imported = await waitingBuild('done', null)
    await composeReported(ctx, imported.odcsId)
    lab.world.odcs.composes.delete(imported.odcsId)
    await composeReported(ctx, imported.odcsId)
    expect(await stateOf(imported.build)).toBe(BUILD_STATES.FAILED)
  })
})

describe('a compose', () => {
  it('that is done lets its build go on', async () => {
    const { build, odcsId } = await waitingBuild('done', null)
    expect(await isReady(build)).toBe(false)
    await composeReported(ctx, odcsId)
    expect(await isReady(build)).toBe(true)
  })

  it('that failed ends its build', async () => {
    const { build, odcsId } = await waitingBuild('failed', null)
    await composeReported(ctx, odcsId)
    expect(await stateOf(build)).toBe(BUILD_STATES.FAILED)
  })

  it('whose failure was stored before its builds were ended is never built on, and is found by the next poll', async () => {
    const { build, odcsId } = await waitingBuild('failed', STORED_FAILED)
    expect(await isReady(build)).toBe(false)
    expect(await claimBuild(ctx, build, 60_000)).toBeUndefined()
    await pollComposes(ctx)
    const jobs = await ctx.queues.byName.transition.getJobs(['prioritized', 'waiting'])
    expect(jobs.map((job) => job.data)).toContainEqual({ kind: 'compose-reported', odcsComposeId: odcsId })
    await composeReported(ctx, odcsId)
    expect(await stateOf(build)).toBe(BUILD_STATES.FAILED)
  })
})
