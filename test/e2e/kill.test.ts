/** Processes die and queues are emptied at every stage of an event's life: it completes, and nothing happens twice. */
import { expect, it, onTestFinished } from 'vitest'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks, twins } from '../support/hub-tasks.ts'
import { lookAt, type Progress } from '../support/progress.ts'
import { publishingErrors } from '../support/published-states.ts'
import { type Part, type Service, startService } from '../support/service.ts'

const IMAGES = 40
const PATIENCE_MS = 60_000
const BOTH: Part[] = ['ingest', 'worker']

type Moment = { when: string; kill: Part[]; reached: (now: Progress) => boolean }

/** In the order of an event's life. */
const MOMENTS: Moment[] = [
  { when: 'the message lies on the bus', kill: ['ingest'], reached: () => true },
  { when: 'the message is stored', kill: ['worker'], reached: (now) => now.stored > 0 },
  { when: 'the event is open', kill: BOTH, reached: (now) => now.state !== undefined },
  { when: 'discovery begins', kill: ['worker'], reached: (now) => now.catalogueRequests > 0 },
  { when: 'discovery goes on', kill: ['worker'], reached: (now) => now.catalogueRequests > 3 },
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
  { when: 'few builds are left', kill: ['worker'], reached: (now) => now.ended >= IMAGES - 5 },
  { when: 'the event is complete', kill: BOTH, reached: (now) => now.state === 'COMPLETE' },
]

it.each([
  { store: 'redis' as const, moments: MOMENTS },
  { store: 'postgres' as const, moments: MOMENTS.filter((_moment, index) => index % 3 === 0) },
])(
  'completes an event on $store although processes are killed at $moments.length moments of it',
  async ({ store, moments }) => {
    const service = await open(store)
    await liveThrough(service, moments, async ({ kill }) => {
      await Promise.all(kill.map((part) => service.restart(part)))
    })
    await expectAllWell(service)
  },
)

const EMPTIED = ['the event is open', 'the plan is recorded', '3 tasks are created', '20 builds have ended']

it.each(['redis', 'postgres'] as const)(
  'completes an event although the queues on %s are emptied again and again',
  async (store) => {
    const service = await open(store)
    const moments = MOMENTS.filter(({ when }) => EMPTIED.includes(when))
    await liveThrough(service, moments, () => service.emptyQueues())
    await expectAllWell(service)
  },
)

it.each(['redis', 'postgres'] as const)(
  'tells everything although the queues on %s are emptied and their worker is killed while the bus is down',
  async (store) => {
    const service = await open(store)
    const moments = MOMENTS.filter(({ when }) => when === '2 builds have ended')
    await liveThrough(service, moments, () => service.world.bus.pause())
    await service.untilEnded(ADVISORY)
    await service.restart('worker', () => service.emptyQueues())
    await service.world.bus.restart()
    await expectAllWell(service)
  },
)

async function open(store: 'redis' | 'postgres'): Promise<Service> {
  const service = await startService(store, {
    catalogue: affectedImages(IMAGES),
    builder: { parallelism: 6, durationMs: () => 300 },
  })
  onTestFinished(service.stop)
  return service
}

/** Ships the advisory and does `act` at each moment; fails when most of the last ones came after the event's end. */
async function liveThrough(service: Service, moments: Moment[], act: (moment: Moment) => Promise<void>) {
  service.world.ship(ADVISORY)
  let inTime = 0
  for (const moment of moments) {
    const now = await eventually(() => lookAt(service.world, service.db), moment.reached, PATIENCE_MS)
    if (now.state !== 'COMPLETE') inTime += 1
    await act(moment)
  }
  expect(inTime).toBeGreaterThanOrEqual(moments.length - 2)
}

/** Everything was built, told, and asked for once. */
async function expectAllWell(service: Service): Promise<void> {
  const event = await service.untilEnded(ADVISORY)
  expect(event).toMatchObject({
    state: 'COMPLETE',
    stateReason: `Advisory ${ADVISORY}: All ${IMAGES} container images have been rebuilt.`,
  })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(twins(service.world.lab)).toEqual([])
  expect(hubTasks(service.world.lab)).toHaveLength(IMAGES)
  expect(await publishingErrors(service.world, service.db, event)).toEqual([])
}
