/** "Ready to submit" has one meaning: claim, sweep, free slots and the state machine's wake-ups agree on random events. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { dropClaim } from '../../../../src/db/queries/build-claim.ts'
import { dueBuilds, readyAmong } from '../../../../src/db/queries/due-work.ts'
import { readyBuilds } from '../../../../src/db/queries/running-tasks.ts'
import { EVENT_STATES, type EventState } from '../../../../src/domain/event.ts'
import { BUILD_STATES, type BuildState } from '../../../../src/domain/rebuild/states.ts'
import type { Fact } from '../../../../src/domain/rebuild/transition/facts.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const HOUR_MS = 3_600_000

let ctx: TestContext
beforeAll(async () => {
  ctx = { ...(await createTestContext()), now: () => NOW }
})
afterAll(() => ctx.drop())

type Compose = 'none' | 'unknown' | 'wait' | 'generating' | 'done' | 'removed' | 'failed' | 'not requested'
type BuildModel = {
  state: BuildState
  /** Index of the parent among the builds before this one; null without one. */
  parent: number | null
  compose: Compose
  isDelayed: boolean
  isClaimed: boolean
}
type EventModel = { state: EventState; builds: BuildModel[] }

const names = <T extends object>(table: T) => Object.keys(table) as (keyof T & string)[] // a literal's own keys
const composes: Compose[] = [
  'none',
  'none',
  'unknown',
  'wait',
  'generating',
  'done',
  'removed',
  'failed',
  'not requested',
]

const eventModel: fc.Arbitrary<EventModel> = fc.record({
  state: fc.constantFrom<EventState>('BUILDING', 'BUILDING', 'BUILDING', ...names(EVENT_STATES)),
  builds: fc.array(
    fc.record({
      state: fc.constantFrom<BuildState>('PLANNED', 'PLANNED', 'BUILD', ...names(BUILD_STATES)),
      parent: fc.option(fc.nat({ max: 3 }), { freq: 4 }),
      compose: fc.constantFrom(...composes),
      isDelayed: fc.boolean(),
      isClaimed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  ),
})

/** The definition, read a second time: in words of the model instead of SQL. */
function isReady({ state, builds }: EventModel, index: number): boolean {
  const build = builds[index]
  if (!build || state !== 'BUILDING' || build.state !== 'PLANNED') return false
  const parent = parentOf(builds, index)
  const hasParentDone = parent === null || builds[parent]?.state === 'DONE'
  return hasParentDone && ['none', 'done', 'removed'].includes(build.compose)
}

function parentOf(builds: readonly BuildModel[], index: number): number | null {
  const parent = builds[index]?.parent ?? null
  return parent !== null && parent < index ? parent : null
}

async function store({ state, builds }: EventModel): Promise<{ event: number; ids: number[] }> {
  const event = await makeEvent(ctx, { state })
  const ids: number[] = []
  for (const [index, build] of builds.entries()) {
    const parent = parentOf(builds, index)
    const id = await makeBuild(ctx, event, {
      state: build.state,
      ...(parent === null ? {} : { depOn: ids[parent] }),
      ...(build.state === 'BUILD' ? { taskId: 100_000_000 + event * 10 + index } : {}),
      ...(build.isDelayed ? { submitAfter: new Date(NOW.getTime() + HOUR_MS) } : {}),
    })
    ids.push(id)
    await storeCompose(event, id, build.compose)
    if (build.isClaimed) await storeClaim(id)
  }
  return { event, ids }
}

async function storeCompose(event: number, build: number, compose: Compose): Promise<void> {
  if (compose === 'none') return
  const em = ctx.db.fork()
  if (compose === 'not requested') {
    const request = `insert into compose_requests (event_id, key, need) values (?, ?, '{}') returning id`
    const [row] = await em.execute<{ id: number }[]>(request, [event, `key-${build}`])
    await em.execute('insert into build_compose_requests (build_id, request_id) values (?, ?)', [
      build,
      row?.id,
    ])
    return
  }
  const states: Compose[] = ['wait', 'generating', 'done', 'removed', 'failed']
  const state = compose === 'unknown' ? null : states.indexOf(compose)
  const insert = 'insert into composes (odcs_compose_id, state) values (?, ?) returning id'
  const [row] = await em.execute<{ id: number }[]>(insert, [build, state])
  await em.execute('insert into artifact_build_composes (build_id, compose_id) values (?, ?)', [
    build,
    row?.id,
  ])
}

const storeClaim = (id: number) =>
  ctx.db
    .fork()
    .execute(
      'update artifact_builds set submit_claim = gen_random_uuid(), submit_claim_until = ? where id = ?',
      [new Date(NOW.getTime() + HOUR_MS), id],
    )

const readyIds = async (ids: number[]) =>
  new Set((await readyAmong(ctx.db.fork(), ids)).map((build) => build.id))

describe('ready to submit', () => {
  it('means the same to sweep, free slots and claims', async () => {
    await fc.assert(
      fc.asyncProperty(eventModel, async (model) => {
        const { ids } = await store(model)
        const idsWhere = (holds: (build: BuildModel) => boolean) =>
          ids.filter((_, index) => {
            const build = model.builds[index]
            return build && isReady(model, index) && holds(build)
          })
        const ours = (found: number[]) => found.filter((id) => ids.includes(id)).sort((a, b) => a - b)
        const em = ctx.db.fork()
        expect([...(await readyIds(ids))].sort((a, b) => a - b)).toEqual(idsWhere(() => true))
        const due = (await dueBuilds(em, NOW)).map((build) => build.id)
        expect(ours(due)).toEqual(idsWhere((build) => !build.isDelayed))
        const startable = idsWhere((build) => !build.isDelayed && !build.isClaimed)
        expect(ours(await readyBuilds(em, 100_000, NOW))).toEqual(startable)
        const claims = await Promise.allSettled(ids.map((id) => claimBuild(ctx, id, 60_000)))
        const claimed = claims.flatMap((claim) => (claim.status === 'fulfilled' && claim.value) || [])
        expect(claimed.map((claim) => claim.id)).toEqual(startable)
        for (const { id, claim } of claimed) await dropClaim(em, id, claim)
      }),
      { numRuns: 150 },
    )
  })

  it('is reached by no fact that does not wake the build', async () => {
    const step = fc.record({
      model: eventModel,
      kind: fc.constantFrom(1, 1, 1, 2, 3, 4),
      index: fc.nat({ max: 4 }),
    })
    let woken = 0
    await fc.assert(
      fc.asyncProperty(step, async ({ model, kind, index }) => {
        const { event, ids } = await store(model)
        const before = await readyIds(ids)
        const fact = factOf(model, event, ids, kind, index)
        const { wake } = await applyFact(ctx, event, fact)
        const after = await readyIds(ids)
        const becameReady = [...after].filter((id) => !before.has(id))
        expect(wake).toEqual(expect.arrayContaining(becameReady))
        woken += becameReady.length
      }),
      { numRuns: 250 },
    )
    expect(woken).toBeGreaterThan(5)
  })
})

/** A fact about a running build where there is one, since only those can end. */
function factOf(model: EventModel, event: number, ids: number[], kind: number, choice: number): Fact {
  const running = ids.keys().filter((at) => model.builds[at]?.state === 'BUILD')
  const candidates = [...running, ...ids.keys()]
  const index = candidates[choice % Math.max(1, candidates.length - ids.length)] ?? 0
  const buildId = ids[index] ?? 0
  const taskId = 100_000_000 + event * 10 + index
  const facts: Fact[] = [
    { kind: 'plan-recorded', whenEmpty: 'nothing to rebuild' },
    { kind: 'task-closed', buildId, taskId, verification: { ok: true } },
    { kind: 'task-failed', buildId, taskId, detail: 'a test failure' },
    { kind: 'submission-refused', buildId, reason: 'a test reason' },
    { kind: 'task-canceled', buildId, taskId },
  ]
  const fact = facts[model.state === 'INITIALIZED' ? 0 : kind]
  if (!fact) throw new Error(`no fact ${kind}`)
  return fact
}
