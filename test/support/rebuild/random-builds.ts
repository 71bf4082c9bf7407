/** Random events with builds in every state, as a model and as rows, for tests of what is ready to submit. */
import fc from 'fast-check'
import type { Context } from '../../../src/context.ts'
import type { EntityManager } from '../../../src/db/orm.ts'
import { recordWait } from '../../../src/db/queries/waits.ts'
import { EVENT_STATES, type EventState } from '../../../src/domain/event.ts'
import { BUILD_STATES, type BuildState } from '../../../src/domain/rebuild/states.ts'
import { makeBuild, makeEvent } from '../../factories.ts'

/** The time at which the rows are judged. */
export const NOW = new Date('2026-11-21T12:00:00Z')
const HOUR_MS = 3_600_000

type Rows = Pick<Context, 'db'>
type Compose = 'none' | 'unknown' | 'wait' | 'generating' | 'done' | 'removed' | 'failed' | 'not requested'
/** A build; `waits`: one of its jobs waits for that service, or until its result can be verified. */
export type BuildModel = {
  state: BuildState
  /** Index of the parent among the builds before this one; null without one. */
  parent: number | null
  compose: Compose
  isDelayed: boolean
  isClaimed: boolean
  waits: 'koji' | 'odcs' | 'verification' | null
}
/** An event with its builds. */
export type EventModel = { state: EventState; builds: BuildModel[] }

const names = <T extends object>(table: T) => Object.keys(table) as (keyof T & string)[] // the keys of a literal object are its type's keys
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

/** Events and their builds: mostly events that run, and builds that are planned. */
export const eventModel: fc.Arbitrary<EventModel> = fc.record({
  state: fc.constantFrom<EventState>('BUILDING', 'BUILDING', 'BUILDING', ...names(EVENT_STATES)),
  builds: fc.array(
    fc.record({
      state: fc.constantFrom<BuildState>('PLANNED', 'PLANNED', 'BUILD', ...names(BUILD_STATES)),
      parent: fc.option(fc.nat({ max: 3 }), { freq: 4 }),
      compose: fc.constantFrom(...composes),
      isDelayed: fc.boolean(),
      isClaimed: fc.boolean(),
      waits: fc.constantFrom(null, null, null, 'koji' as const, 'odcs' as const, 'verification' as const),
    }),
    { minLength: 1, maxLength: 5 },
  ),
})

/** The definition of `ready` a second time: in terms of the model instead of SQL. */
export function isReady({ state, builds }: EventModel, index: number): boolean {
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

/** Stores the rows; `ids` are those of the builds in their order. */
export async function storeModel(
  ctx: Rows,
  { state, builds }: EventModel,
): Promise<{ event: number; ids: number[] }> {
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
    await storeCompose(ctx, event, id, build.compose)
    if (build.isClaimed) await storeClaim(ctx, id)
    if (build.waits !== null) await storeWait(ctx, event, id, build.waits)
  }
  return { event, ids }
}

async function storeCompose(ctx: Rows, event: number, build: number, compose: Compose): Promise<void> {
  if (compose === 'none') return
  const em = ctx.db.fork()
  if (compose === 'not requested') {
    await storeRequest(em, event, build, null)
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
  await storeRequest(em, event, build, row?.id ?? null)
}

/** The request of a build for a compose; `composeId` is null until ODCS has accepted it. */
async function storeRequest(
  em: EntityManager,
  event: number,
  build: number,
  composeId: number | null,
): Promise<void> {
  const insert = `insert into compose_requests (event_id, key, need, compose_id) values (?, ?, '{}', ?) returning id`
  const [row] = await em.execute<{ id: number }[]>(insert, [event, `key-${build}`, composeId])
  await em.execute('insert into build_compose_requests (build_id, request_id) values (?, ?)', [
    build,
    row?.id,
  ])
}

const storeClaim = (ctx: Rows, id: number) =>
  ctx.db
    .fork()
    .execute(
      'update artifact_builds set submit_claim = gen_random_uuid(), submit_claim_until = ? where id = ?',
      [new Date(NOW.getTime() + HOUR_MS), id],
    )

async function storeWait(ctx: Rows, eventId: number, buildId: number, waits: string): Promise<void> {
  const isVerification = waits === 'verification'
  const cause = {
    service: isVerification ? null : waits,
    blame: isVerification ? null : ('service' as const),
    detail: `a test wait for ${waits}`,
  }
  await recordWait(ctx.db.fork(), { jobId: `test-${buildId}`, eventId, buildId }, cause, NOW)
}
