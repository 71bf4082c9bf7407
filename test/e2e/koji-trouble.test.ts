/** The build system misbehaves in all known ways: builds are retried, found again, or end with a reason. */
import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../lab/fault-rule.ts'
import { publishForeignTask } from '../../lab/services/koji/foreign-task.ts'
import { expireSessions } from '../../lab/services/koji/methods/sessions.ts'
import type { ScriptedFailure } from '../../lab/services/koji/records.ts'
import type { World } from '../../lab/world.ts'
import { createSlots } from '../../src/lib/async/slots.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import type { EndedEvent } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { logIn } from '../support/lab/lab.ts'
import type { TestWorld } from '../support/lab/world.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 8
/** Built on the base image, and the parent of other images. */
const MIDDLE = 'image-1-container'
const OUTAGE_MS = 3000
const DISK_FULL = "<class 'OSError'>: [Errno 28] No space left on device"

type Trouble = {
  title: string
  /** Options in place of those of the lab's settings file. */
  file?: string
  faults?: (now: number) => Omit<FaultRule, 'service'>[]
  failures?: Record<string, ScriptedFailure>
  /** Changes the world before the advisory ships. */
  prepare?: (world: World) => void
  /** Called once the first task of MIDDLE runs. */
  interfere?: (world: TestWorld, taskId: number) => unknown
  /** Number of tasks at the end; by default one for each image. */
  tasks?: number
}

/** Most of a test is waiting: for the end of an outage, and until a job is attempted again. */
const inSlot = createSlots(3)
const TIMEOUT = { timeout: 600_000 }

const TRANSIENT: Trouble[] = [
  { title: '503 for three seconds', faults: (now) => [{ kind: 'status', until: now + 3000 }] },
  { title: 'fault 1014 for three seconds', faults: (now) => [{ kind: 'fault', until: now + 3000 }] },
  {
    title: 'connections that break before a build is submitted',
    faults: () => [{ kind: 'reset', operation: 'buildContainer', times: 3 }],
  },
  {
    title: 'connections that break after a build was created',
    faults: () => [{ kind: 'reset', stage: 'after', operation: 'buildContainer', times: 3 }],
  },
  {
    title: 'a hub that never answers a submission',
    file: 'koji_timeout: 3',
    faults: () => [{ kind: 'hang', operation: 'buildContainer', times: 1 }],
  },
  {
    title: 'an unreadable answer to a submission',
    faults: () => [{ kind: 'garbage', operation: 'buildContainer', times: 1 }],
  },
  {
    title: 'half an answer to a submission',
    faults: () => [{ kind: 'half', operation: 'buildContainer', times: 1 }],
  },
  {
    title: 'a submission that is carried out after its answer was lost',
    faults: () => [{ kind: 'late', delayMs: 1500, operation: 'buildContainer', times: 1 }],
  },
  {
    title: 'maintenance that every call of a multicall reports',
    faults: (now) => [{ kind: 'call-fault', code: 1014, text: 'database outage', until: now + OUTAGE_MS }],
  },
  {
    title: 'a full disk that every call reports',
    faults: (now) => [{ kind: 'call-fault', code: 1, text: DISK_FULL, until: now + OUTAGE_MS }],
  },
  {
    title: 'a full disk that only submissions meet',
    faults: (now) => [
      { kind: 'call-fault', operation: 'buildContainer', code: 1, text: DISK_FULL, until: now + OUTAGE_MS },
    ],
  },
  {
    title: 'a blocked account',
    faults: (now) => [
      {
        kind: 'call-fault',
        operation: 'buildContainer',
        code: 1002,
        text: 'logins by freshwave are not allowed',
        until: now + OUTAGE_MS,
      },
    ],
  },
  { title: 'empty answers', faults: (now) => [{ kind: 'empty', until: now + OUTAGE_MS }] },
  { title: 'garbage', faults: (now) => [{ kind: 'garbage', until: now + OUTAGE_MS }] },
  {
    title: 'messages of another hub whose task numbers collide',
    interfere: ({ lab }, taskId) => {
      for (const state of ['FAILED', 'CANCELED', 'CLOSED'] as const)
        publishForeignTask(lab.world, { id: taskId, state })
    },
  },
  {
    title: 'an import that drops the fixed RPMs',
    prepare: (world) => world.koji.unimportedRpms.set(MIDDLE, fixedNames(world)),
  },
  { title: 'a session that expires', interfere: ({ lab }) => expireSessions(lab.world.koji) },
  { title: 'a session that the hub has lost', interfere: ({ lab }) => lab.world.koji.sessions.clear() },
  {
    title: 'a task that the hub no longer knows',
    interfere: ({ lab }, taskId) => lab.world.koji.tasks.delete(taskId),
    tasks: IMAGES,
  },
  {
    title: 'a build that fails twice',
    failures: { [MIDDLE]: { times: 2, code: 2001, text: 'Image build failed.' } },
    tasks: IMAGES + 2,
  },
]

describe('builds everything once despite', () => {
  it.concurrent.for(TRANSIENT)('$title', TIMEOUT, async (trouble, { onTestFinished }) => {
    const { world, event } = await rebuildIn(trouble, onTestFinished)
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${ADVISORY}: All ${IMAGES} container images have been rebuilt.`,
    })
    expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
    expect(hubTasks(world.lab)).toHaveLength(trouble.tasks ?? IMAGES)
  })
})

type PermanentTrouble = Trouble & { state: string; reason: unknown; below: string }

const PERMANENT: PermanentTrouble[] = [
  {
    title: 'a build that the hub refuses',
    faults: () => [
      {
        kind: 'call-fault',
        operation: 'buildContainer',
        argument: '/image-1#',
        code: 1005,
        text: 'not for you',
      },
    ],
    state: 'FAILED',
    reason: 'Handling of build failed with traceback: fault 1005: not for you',
    below: 'FAILED',
  },
  {
    title: 'a build that fails on every try',
    failures: { [MIDDLE]: { times: 99, code: 2001, text: 'Image build failed.' } },
    state: 'FAILED',
    reason: 'Failed to build in Koji.',
    below: 'FAILED',
  },
  {
    title: 'a stale image whose RPMs the hub does not list',
    prepare: (world) => {
      world.koji.unimportedRpms.set(MIDDLE, fixedNames(world))
      world.mutate = (_service, operation, json) => (operation === 'GET kojifiles' ? makeStale(json) : json)
    },
    state: 'FAILED',
    reason: expect.stringContaining('do not match with the latest RPMs in advisory'),
    below: 'FAILED',
  },
  {
    title: 'a task that a user cancels',
    interfere: async ({ lab }, taskId) => (await logIn(lab.urls.KOJI_BASE_URL)).call('cancelTask', [taskId]),
    state: 'CANCELED',
    reason: 'Build canceled in external build system.',
    below: 'CANCELED',
  },
]

describe('ends a build and its dependants, with the reason, after', () => {
  it.concurrent.for(PERMANENT)('$title', TIMEOUT, async (trouble, { onTestFinished }) => {
    const { world, event } = await rebuildIn(trouble, onTestFinished)
    expect(event.state).toBe('COMPLETE')
    const submissions = world.lab.world.kojiCalls.get('buildContainer') ?? 0
    expect(submissions - hubTasks(world.lab).length).toBeLessThanOrEqual(1)
    const unfinished = event.builds.filter(({ state }) => state !== 'DONE')
    const root = unfinished.find(({ originalNvr }) => originalNvr.startsWith(MIDDLE))
    expect(root).toMatchObject({ state: trouble.state, stateReason: trouble.reason })
    const below = unfinished.filter((build) => build !== root)
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

type AtEnd = (stop: () => Promise<void>) => void

function rebuildIn(trouble: Trouble, atEnd: AtEnd) {
  return inSlot(() => rebuild(trouble, atEnd))
}

async function rebuild({ faults, failures, interfere, prepare, file }: Trouble, atEnd: AtEnd) {
  const lab = {
    catalogue: affectedImages(IMAGES),
    builder: { failures, durationMs: () => (interfere ? 1500 : 20) },
  }
  const { world, pipeline } = await runningPipeline(lab, { ...(file && { file }) }, atEnd)
  prepare?.(world.lab.world)
  const rules = faults?.(Date.now()) ?? []
  world.lab.world.faults.push(...rules.map((rule) => ({ service: 'koji' as const, ...rule })))
  world.ship(ADVISORY)
  if (interfere) await interfere(world, await firstTaskOf(world, MIDDLE))
  const event = await pipeline.untilEnded(ADVISORY)
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
  return { world, event }
}

/** Names of the RPMs that the advisory fixes. */
function fixedNames({ advisories }: World): string[] {
  return [
    ...new Set((advisories.get(ADVISORY)?.builds ?? []).flatMap(({ rpms }) => rpms.map((rpm) => rpm.name))),
  ]
}

/** Every RPM of the file gets a version older than any fix. */
function makeStale(json: unknown): unknown {
  const text = JSON.stringify(json).replaceAll(/"version":"[^"]*"/g, '"version":"0"')
  return JSON.parse(text)
}

async function firstTaskOf(world: TestWorld, image: string): Promise<number> {
  const find = () =>
    hubTasks(world.lab).find(({ name, state }) => `${name}-container` === image && state === 'OPEN')
  return (await eventually(find, (task) => task !== undefined))?.id ?? 0
}

/** The dependants of a build, direct and indirect, in the order of the event's builds. */
function namesBelow({ builds }: EndedEvent, id: number | undefined): string[] {
  const below = new Set([id])
  for (const build of builds) if (build.depOnId !== null && below.has(build.depOnId)) below.add(build.id)
  return builds
    .filter((build) => build.id !== id && below.has(build.id))
    .map(({ originalNvr }) => originalNvr)
}
