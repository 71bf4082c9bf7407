/** Processes are killed and queues emptied at every stage of an event: it completes, and nothing happens twice. */
import { expect, it, onTestFinished } from 'vitest'
import { publishingErrors } from '../support/bus/published-states.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { type Part, type Service, startService } from '../support/programs/service.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { type Progress, readProgress } from '../support/rebuild/progress.ts'

const IMAGES = 40
const PATIENCE_MS = 400_000
const BOTH: Part[] = ['ingest', 'worker']

/** `built`: how many builds the machines may begin until then, so that no restart is too slow for the next moment. */
type Moment = { when: string; kill: Part[]; built: number; reached: (now: Progress) => boolean }

/** The moments, in the order in which an event reaches them. */
const MOMENTS: Moment[] = [
  { when: 'the message is on the bus', kill: ['ingest'], built: 0, reached: () => true },
  { when: 'the message is stored', kill: ['worker'], built: 0, reached: (now) => now.stored > 0 },
  { when: 'the event exists', kill: BOTH, built: 0, reached: (now) => now.state !== undefined },
  { when: 'discovery starts', kill: ['worker'], built: 0, reached: (now) => now.catalogueRequests > 0 },
  {
    when: 'discovery is in progress',
    kill: ['worker'],
    built: 0,
    reached: (now) => now.catalogueRequests > 3,
  },
  { when: 'findings wait for their plan', kill: ['worker'], built: 0, reached: (now) => now.found },
  { when: 'the plan is recorded', kill: ['worker'], built: 0, reached: (now) => now.state === 'BUILDING' },
  { when: 'the first task is created', kill: ['worker'], built: 0, reached: (now) => now.tasks > 0 },
  { when: '3 tasks are created', kill: BOTH, built: 2, reached: (now) => now.tasks >= 3 },
  { when: '2 builds have ended', kill: ['ingest'], built: 2, reached: (now) => now.ended >= 2 },
  { when: '4 builds have ended', kill: ['worker'], built: 4, reached: (now) => now.ended >= 4 },
  { when: '8 builds have ended', kill: BOTH, built: 8, reached: (now) => now.ended >= 8 },
  {
    when: 'messages wait to be sent',
    kill: ['worker'],
    built: 16,
    reached: (now) => (now.ended >= 12 && now.unsent > 0) || now.ended >= 16,
  },
  { when: '24 tasks are created', kill: BOTH, built: 23, reached: (now) => now.tasks >= 24 },
  { when: '20 builds have ended', kill: ['ingest'], built: 23, reached: (now) => now.ended >= 20 },
  { when: '25 builds have ended', kill: ['worker'], built: 25, reached: (now) => now.ended >= 25 },
  { when: '30 builds have ended', kill: BOTH, built: 30, reached: (now) => now.ended >= 30 },
  {
    when: 'all tasks are created',
    kill: ['worker'],
    built: IMAGES - 1,
    reached: (now) => now.tasks >= IMAGES,
  },
  {
    when: 'few builds remain',
    kill: ['worker'],
    built: IMAGES - 1,
    reached: (now) => now.ended >= IMAGES - 5,
  },
  { when: 'the event is complete', kill: BOTH, built: IMAGES, reached: (now) => now.state === 'COMPLETE' },
]

it.each([
  { store: 'redis' as const, moments: MOMENTS },
  { store: 'postgres' as const, moments: MOMENTS.filter((_moment, index) => index % 3 === 0) },
])(
  'completes an event on $store while processes are killed at $moments.length moments',
  async ({ store, moments }) => {
    const service = await start(store)
    await runThrough(service, moments, async ({ kill }) => {
      await Promise.all(kill.map((part) => service.restart(part)))
    })
    await expectComplete(service)
  },
)

const EMPTIED = ['the event exists', 'the plan is recorded', '3 tasks are created', '20 builds have ended']

it.each(['redis', 'postgres'] as const)(
  'completes an event while the queues on %s are emptied repeatedly',
  async (store) => {
    const service = await start(store)
    const moments = MOMENTS.filter(({ when }) => EMPTIED.includes(when))
    await runThrough(service, moments, () => service.emptyQueues())
    await expectComplete(service)
  },
)

it.each(['redis', 'postgres'] as const)(
  'publishes every message although the queues on %s are emptied and the worker is killed while the bus is down',
  async (store) => {
    const service = await start(store)
    const moments = MOMENTS.filter(({ when }) => when === '2 builds have ended')
    await runThrough(service, moments, () => service.world.bus.pause())
    await service.untilEnded(ADVISORY)
    await service.restart('worker', () => service.emptyQueues())
    await service.world.bus.restart()
    await expectComplete(service)
  },
)

type Run = Service & { allow: (builds: number) => void }

async function start(store: 'redis' | 'postgres'): Promise<Run> {
  let allowed = 0
  const service = await startService(store, {
    catalogue: affectedImages(IMAGES),
    builder: { parallelism: 6, durationMs: () => 300, mayBegin: () => allowed },
  })
  onTestFinished(service.stop)
  const allow = (builds: number) => {
    allowed = builds
    service.world.lab.world.koji.wakeBuilder()
  }
  return { ...service, allow }
}

/** Ships the advisory and calls `act` at each moment, then lets the event end. No moment may come after the event's end. */
async function runThrough(service: Run, moments: Moment[], act: (moment: Moment) => Promise<void>) {
  service.world.ship(ADVISORY)
  for (const moment of moments) {
    service.allow(moment.built)
    const now = await eventually(() => readProgress(service.world, service.db), moment.reached, PATIENCE_MS)
    if (moment.built < IMAGES) expect(now.state).not.toBe('COMPLETE')
    await act(moment)
  }
  service.allow(IMAGES)
}

/** Every image was submitted and built once, and every change of state was published. */
async function expectComplete(service: Service): Promise<void> {
  const event = await service.untilEnded(ADVISORY)
  expect(event).toMatchObject({
    state: 'COMPLETE',
    stateReason: `Advisory ${ADVISORY}: All ${IMAGES} container images have been rebuilt.`,
  })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(duplicateKeys(service.world.lab)).toEqual([])
  expect(hubTasks(service.world.lab)).toHaveLength(IMAGES)
  expect(await publishingErrors(service.world, service.db, event)).toEqual([])
}
