/** Random messages about tasks and composes of ours, true and false: what Koji and ODCS answer is what becomes of builds. */
import { expect, it } from 'vitest'
import { composeStateName } from '../../src/domain/rebuild/compose-state.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import { makeUnreliable } from '../support/bus/unreliable-bus.ts'
import type { EndedBuild } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, type HubTask, hubTasks } from '../support/lab/hub-tasks.ts'
import type { TestWorld } from '../support/lab/world.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { ownRedis, runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 10
const MAX_ATTEMPTS = 3
/** The min number of false claims: with fewer the test proves nothing. */
const MIN_CLAIMS = 40
const STATE_OF = { CLOSED: 'DONE', FAILED: 'FAILED', CANCELED: 'CANCELED' } as const

/** Tasks that really fail, and composes that really do. */
type Case = { seed: number; failures: Record<string, number>; failedComposes?: number }

it.for<Case>([
  { seed: 1, failures: {} },
  { seed: 2, failures: { 'image-1-container': 1 } },
  { seed: 3, failures: { 'image-1-container': 2, 'image-4-container': 99 } },
  { seed: 4, failures: {}, failedComposes: 1 },
])('the service ends every build as Koji and ODCS report, and submits each try once (%o)', async (given) => {
  const { world, pipeline } = await runningPipeline(
    {
      catalogue: withoutContent(),
      composeMs: 300,
      builder: { parallelism: 3, durationMs: () => 300, failures: scripted(given.failures) },
    },
    { redisUrl: await ownRedis() },
  )
  world.lab.world.odcs.failNext = given.failedComposes ?? 0
  const claims = makeUnreliable(world.lab.world, given.seed)
  world.ship(ADVISORY)
  const event = await pipeline.untilEnded(ADVISORY, 400_000)
  if (!given.failedComposes) expect(claims()).toBeGreaterThan(MIN_CLAIMS)
  const settled = () => pipeline.ctx.db.fork().execute("select id from inbox where state = 'new'")
  expect(await eventually(settled, (rows) => rows.length === 0)).toEqual([])
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(event.builds.flatMap((build) => errorsOf(build, event.builds, tasksOf(world, build)))).toEqual([])
  expect(await composeErrors(world, pipeline.ctx.db.fork())).toEqual([])
  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
})

function tasksOf({ lab }: TestWorld, { originalNvr }: EndedBuild): HubTask[] {
  return hubTasks(lab).filter(({ name }) => originalNvr.startsWith(`${name}-container-`))
}

/** What is wrong with a build, given its tasks at the hub in order: a further try follows only a task that failed. */
function errorsOf(build: EndedBuild, builds: readonly EndedBuild[], tasks: readonly HubTask[]): string[] {
  const states = tasks.map(({ state }) => state)
  const last = states.at(-1)
  const said = `${build.originalNvr} is ${build.state}, its tasks are ${states.join(', ') || 'none'}`
  if (states.slice(0, -1).some((state) => state !== 'FAILED')) return [said]
  if (last === undefined) return hasReasonToWait(build, builds) ? [] : [said]
  if (last === 'FAILED' && states.length < MAX_ATTEMPTS) return [said]
  return build.state === STATE_OF[last as keyof typeof STATE_OF] && build.taskId === tasks.at(-1)?.id
    ? []
    : [said]
}

/** Whether a build may have no task: its parent could not be built, or its compose failed. */
function hasReasonToWait(
  { depOnId, state, stateReason }: EndedBuild,
  builds: readonly EndedBuild[],
): boolean {
  const parent = builds.find(({ id }) => id === depOnId)
  if (parent) return parent.state !== 'DONE' && state === parent.state
  return state === 'FAILED' && /ODCS compose \d+ is in failed state/.test(stateReason ?? '')
}

type Em = { execute<T>(sql: string): Promise<T> }

async function composeErrors({ lab }: TestWorld, em: Em): Promise<string[]> {
  const rows = await em.execute<{ id: number; state: number | null }[]>(
    'select odcs_compose_id as id, state from composes',
  )
  expect(rows.length).toBeGreaterThan(0)
  return rows.flatMap(({ id, state }) => {
    const actual = lab.world.odcs.composes.get(id)?.state
    const known = state === null ? null : composeStateName(state)
    return known === actual ? [] : [`compose ${id} is ${actual}, stored as ${known}`]
  })
}

function withoutContent() {
  const catalogue = affectedImages(IMAGES)
  return {
    ...catalogue,
    composes: catalogue.composes.map((compose) => ({ ...compose, source: 'something-else' })),
  }
}

function scripted(failures: Record<string, number>) {
  return Object.fromEntries(
    Object.entries(failures).map(([name, times]) => [
      name,
      { times, code: 2001, text: 'Image build failed.' },
    ]),
  )
}
