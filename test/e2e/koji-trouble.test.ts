/** The build system misbehaves in every way it is known to: builds are retried, found again or ended with a reason. */
import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../lab/fault-rule.ts'
import type { ScriptedFailure } from '../../lab/services/koji/records.ts'
import { expireSessions } from '../../lab/services/koji/sessions.ts'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import type { EndedEvent } from '../support/events.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks, twins } from '../support/hub-tasks.ts'
import { logIn } from '../support/lab.ts'
import { publishingErrors } from '../support/published-states.ts'
import { runningPipeline } from '../support/running-pipeline.ts'
import type { TestWorld } from '../support/world.ts'

const IMAGES = 8
/** Built on the base image, and others are built on it. */
const MIDDLE = 'image-1-container'

type Trouble = {
  what: string
  faults?: (now: number) => Omit<FaultRule, 'service'>[]
  failures?: Record<string, ScriptedFailure>
  /** Done once the first task of MIDDLE runs. */
  meddle?: (world: TestWorld, taskId: number) => unknown
  /** Tasks that there are in the end, when not one for each image. */
  tasks?: number
}

const PASSING: Trouble[] = [
  { what: '503 for three seconds', faults: (now) => [{ kind: 'unavailable', until: now + 3000 }] },
  { what: 'fault 1014 for three seconds', faults: (now) => [{ kind: 'offline', until: now + 3000 }] },
  {
    what: 'connections that break before a build is asked for',
    faults: () => [{ kind: 'drop', operation: 'buildContainer', times: 3 }],
  },
  {
    what: 'connections that break after a build was created',
    faults: () => [{ kind: 'drop-after-commit', operation: 'buildContainer', times: 3 }],
  },
  {
    what: 'a hub that never answers a request for a build',
    faults: () => [{ kind: 'hang', operation: 'buildContainer', times: 1 }],
  },
  {
    what: 'rubbish in place of the answer to a request for a build',
    faults: () => [{ kind: 'rubbish', operation: 'buildContainer', times: 1 }],
  },
  { what: 'a session that expires', meddle: ({ lab }) => expireSessions(lab.world.koji) },
  { what: 'a session the hub has forgotten', meddle: ({ lab }) => lab.world.koji.sessions.clear() },
  {
    what: 'a task the hub no longer knows',
    meddle: ({ lab }, taskId) => lab.world.koji.tasks.delete(taskId),
    tasks: IMAGES,
  },
  {
    what: 'a build that fails twice',
    failures: { [MIDDLE]: { times: 2, code: 2001, text: 'Image build failed.' } },
    tasks: IMAGES + 2,
  },
]

describe('gets everything built once in spite of', () => {
  it.for(PASSING)('$what', async (trouble) => {
    const { world, event } = await rebuildIn(trouble)
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${ADVISORY}: All ${IMAGES} container images have been rebuilt.`,
    })
    expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
    expect(hubTasks(world.lab)).toHaveLength(trouble.tasks ?? IMAGES)
  })
})

type Lasting = Trouble & { state: string; reason: string; below: string }

const LASTING: Lasting[] = [
  {
    what: 'a build the hub refuses',
    faults: () => [
      { kind: 'refuse', operation: 'buildContainer', about: '/image-1#', code: 1004, text: 'not for you' },
    ],
    state: 'FAILED',
    reason: 'Handling of build failed with traceback: fault 1004: not for you',
    below: 'FAILED',
  },
  {
    what: 'a build that fails whenever it is tried',
    failures: { [MIDDLE]: { times: 99, code: 2001, text: 'Image build failed.' } },
    state: 'FAILED',
    reason: 'Failed to build in Koji.',
    below: 'FAILED',
  },
  {
    what: 'a task that somebody cancels',
    meddle: async ({ lab }, taskId) => (await logIn(lab.urls.KOJI_BASE_URL)).call('cancelTask', [taskId]),
    state: 'CANCELED',
    reason: 'Build canceled in external build system.',
    below: 'CANCELED',
  },
]

describe('ends a build and those that stand on it, with the reason, after', () => {
  it.for(LASTING)('$what', async (trouble) => {
    const { world, event } = await rebuildIn(trouble)
    expect(event.state).toBe('COMPLETE')
    const asked = world.lab.world.kojiCalls.get('buildContainer') ?? 0
    expect(asked - hubTasks(world.lab).length).toBeLessThanOrEqual(1)
    const lost = event.builds.filter(({ state }) => state !== 'DONE')
    const root = lost.find(({ originalNvr }) => originalNvr.startsWith(MIDDLE))
    expect(root).toMatchObject({ state: trouble.state, stateReason: trouble.reason })
    const below = lost.filter((build) => build !== root)
    expect(below.map(({ originalNvr }) => originalNvr)).toEqual(namesBelow(event, root?.id))
    expect(below.length).toBeGreaterThan(0)
    for (const build of below)
      expect(build).toMatchObject({
        state: trouble.below,
        stateReason: 'Cannot build artifact, because its dependency cannot be built.',
        taskId: null,
      })
  })
})

async function rebuildIn({ faults, failures, meddle }: Trouble) {
  const { world, pipeline } = await runningPipeline({
    catalogue: affectedImages(IMAGES),
    builder: { failures, durationMs: () => (meddle ? 300 : 20) },
  })
  const rules = faults?.(Date.now()) ?? []
  world.lab.world.faults.push(...rules.map((rule) => ({ service: 'koji' as const, ...rule })))
  world.ship(ADVISORY)
  if (meddle) await meddle(world, await firstTaskOf(world, MIDDLE))
  const event = await pipeline.untilEnded(ADVISORY)
  expect(twins(world.lab)).toEqual([])
  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
  return { world, event }
}

async function firstTaskOf(world: TestWorld, image: string): Promise<number> {
  const find = () =>
    hubTasks(world.lab).find(({ name, state }) => `${name}-container` === image && state === 'OPEN')
  return (await eventually(find, (task) => task !== undefined))?.id ?? 0
}

/** What is built on a build, directly or not, in the order of the event's builds. */
function namesBelow({ builds }: EndedEvent, id: number | undefined): string[] {
  const below = new Set([id])
  for (const build of builds) if (build.depOnId !== null && below.has(build.depOnId)) below.add(build.id)
  return builds
    .filter((build) => build.id !== id && below.has(build.id))
    .map(({ originalNvr }) => originalNvr)
}
