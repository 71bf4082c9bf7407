/** Processes are killed and queues emptied at every stage of an event: it completes, and nothing happens twice. */
import { expect, it, onTestFinished } from 'vitest'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/hub-tasks.ts'
import { type Progress, readProgress } from '../support/progress.ts'
import { publishingErrors } from '../support/published-states.ts'
import { type Part, type Service, startService } from '../support/service.ts'

const IMAGES = 40
const PATIENCE_MS = 180_000
const BOTH: Part[] = ['ingest', 'worker']

type Moment = { when: string; kill: Part[]; reached: (now: Progress) => boolean }

/** In the order in which an event reaches them. */
const MOMENTS: Moment[] = [
  { when: 'the message is on the bus', kill: ['ingest'], reached: () => true },
  { when: 'the message is stored', kill: ['worker'], reached: (now) => now.stored > 0 },
  { when: 'the event exists', kill: BOTH, reached: (now) => now.state !== undefined },
  { when: 'discovery starts', kill: ['worker'], reached: (now) => now.catalogueRequests > 0 },
  { when: 'discovery is in progress', kill: ['worker'], reached: (now) => now.catalogueRequests > 3 },
  { when: 'findings wait for their plan', kill: ['worker'], reached: (now) => now.found },
  { when: 'the plan is recorded', kill: ['worker'], reached: (now) => now.state === 'BUILDING' },
  { when: 'the first task is created', kill: ['worker'], reached: (now) => now.tasks > 0 },
  { when: '3 tasks are created', kill: BOTH, reached: (now) => now.tasks >= 3 },
  { when: '2 builds have ended', kill: ['ingest'], reached: (now) => now.ended >= 2 },
  { when: '4 builds have ended', kill: ['worker'], reached: (now) => now.ended >= 4 },
  { when: '8 builds have ended', kill: BOTH, reached: (now) => now.ended >= 8 },
  {
    when: 'messages wait to be sent',
    kill: ['worker'],
    reached: (now) => (now.ended >= 12 && now.unsent > 0) || now.ended >= 16,
  },
  { when: '24 tasks are created', kill: BOTH, reached: (now) => now.tasks >= 24 },
  { when: '20 builds have ended', kill: ['ingest'], reached: (now) => now.ended >= 20 },
  { when: '25 builds have ended', kill: ['worker'], reached: (now) => now.ended >= 25 },
  { when: '30 builds have ended', kill: BOTH, reached: (now) => now.ended >= 30 },
  { when: 'all tasks are created', kill: ['worker'], reached: (now) => now.tasks >= IMAGES },
  { when: 'few builds remain', kill: ['worker'], reached: (now) => now.ended >= IMAGES - 5 },
  { when: 'the event is complete', kill: BOTH, reached: (now) => now.state === 'COMPLETE' },
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

async function start(store: 'redis' | 'postgres'): Promise<Service> {
  const service = await startService(store, {
    catalogue: affectedImages(IMAGES),
    builder: { parallelism: 6, durationMs: () => 300 },
  })
  onTestFinished(service.stop)
  return service
}

/** Ships the advisory and calls `act` at each moment. Fails when more than two moments came after the event's end. */
async function runThrough(service: Service, moments: Moment[], act: (moment: Moment) => Promise<void>) {
  service.world.ship(ADVISORY)
  let inTime = 0
  for (const moment of moments) {
    const now = await eventually(() => readProgress(service.world, service.db), moment.reached, PATIENCE_MS)
    if (now.state !== 'COMPLETE') inTime += 1
    await act(moment)
  }
  expect(inTime).toBeGreaterThanOrEqual(moments.length - 2)
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
