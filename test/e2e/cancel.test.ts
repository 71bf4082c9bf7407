/** Events are canceled at fifty moments, with the worker killed at some: no task is left running, no message is sent twice. */
import { expect, it, onTestFinished } from 'vitest'
import type { Catalogue } from '../../lab/catalogue/entry.ts'
import { createApp } from '../../src/api/app.ts'
import { readSettings } from '../../src/config/settings.ts'
import { createContext } from '../../src/context.ts'
import type { Database } from '../../src/db/orm.ts'
import { dueCancellations } from '../../src/db/queries/task-cancellations.ts'
import { countWaitingMessages, type EndedEvent, readEventById } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { type Service, startService } from '../support/programs/service.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'

const IMAGES = 5
const CANCELS = 50
/** Events that run at the same time; during every second group the worker is killed. */
const GROUP = 5
const BUILD_MS = 250
/** The last image takes longer than any wait, so that an event does not end by itself, except in the last group. */
const LAST_IMAGE = 'image-4-container'
const LAST_BUILD_MS = 60_000
const PATIENCE_MS = 400_000
/** Findings, plan, every task, and every build but one. */
const VERY_END = 2 + 2 * IMAGES - 1
const RUNS = ['FREE', 'ASSIGNED', 'OPEN']

/** How far an event is: 0 it exists, 1 it has findings, 2 its plan, then one more for each task and each ended build. */
type Step = { id: number; state: number; reached: number }

const STEP = `
  select e.id, e.state,
         (select count(*)::int from event_findings f where f.event_id = e.id) + least(e.state, 1)
         + (select count(b.build_id)::int + count(*) filter (where b.state in (1, 2))::int
              from artifact_builds b where b.event_id = e.id) as reached
    from events e where e.search_key = ?`

it('a cancel ends each of fifty events CANCELED, with every task ended and every change published once', {
  timeout: 900_000,
}, async () => {
  let lastBuildMs = LAST_BUILD_MS
  const durationMs = (name: string) => (name === LAST_IMAGE ? lastBuildMs : BUILD_MS)
  const service = await startService('redis', {
    catalogue: catalogueOf(CANCELS),
    builder: { parallelism: 16, durationMs },
    composeMs: 100,
  })
  onTestFinished(service.stop)
  const cancel = await canceller(service)
  const random = seeded(2026)
  const answers = new Map<number, number>()
  for (let first = 0; first < CANCELS; first += GROUP) {
    const isLast = first + GROUP >= CANCELS
    if (isLast) lastBuildMs = BUILD_MS
    const works = Array.from({ length: GROUP }, async (_, n) => {
      const at = isLast ? VERY_END : Math.floor(random() * (VERY_END + 1))
      const delayMs = Math.floor(random() * BUILD_MS)
      const id = await untilStep(service, ADVISORY + first + n, at, delayMs)
      answers.set(id, await cancel(id))
      // Killed a moment after the first cancel of the group, while the others go on.
      if (n === 0 && (first / GROUP) % 2 === 1) await service.restart('worker')
    })
    await Promise.all(works)
  }
  await untilQuiet(service)
  const inTime = [...answers.values()].slice(0, -GROUP)
  expect(inTime).toEqual(Array(CANCELS - GROUP).fill(200))
  for (const [id, answer] of answers) {
    const event = await eventOf(service.db, id)
    expect(event.state).toBe(answer === 200 ? 'CANCELED' : 'COMPLETE')
    expect(wrongEnds(service, event)).toEqual([])
    expect(wrongMessages(service, event)).toEqual([])
  }
  expect(hubTasks(service.world.lab).filter(({ state }) => RUNS.includes(state))).toEqual([])
  expect(duplicateKeys(service.world.lab)).toEqual([])
})

/** A catalogue with this many advisories, which all affect the same images; ids rise from that of the first. */
function catalogueOf(advisories: number): Catalogue {
  const catalogue = affectedImages(IMAGES)
  const original = catalogue.advisories.find(({ id }) => id === ADVISORY)
  if (!original) throw new Error(`no advisory ${ADVISORY}`)
  const copies = Array.from({ length: advisories }, (_, n) => ({ ...original, id: ADVISORY + n }))
  return { ...catalogue, advisories: copies }
}

/** The API in this process, beside the service; returns the status of the answer. */
async function canceller({ env }: Service): Promise<(id: number) => Promise<number>> {
  const ctx = await createContext(readSettings({ environment: { ...env, LOG_LEVEL: 'silent' } }))
  onTestFinished(() => ctx.close())
  const app = createApp(ctx)
  const body = JSON.stringify({ action: 'cancel' })
  return async (id) => (await app.request(`/api/2/events/${id}`, { method: 'PATCH', body })).status
}

/** Ships an advisory and waits until its event has come this far, or has ended, and a little longer. */
async function untilStep(
  { world, db }: Service,
  advisory: number,
  at: number,
  delayMs: number,
): Promise<number> {
  world.ship(advisory)
  const read = async () => (await db.fork().execute<Step[]>(STEP, [String(advisory)]))[0]
  const hasCome = (now: Step | undefined) => now !== undefined && (now.reached >= at || now.state > 1)
  const step = await eventually(read, hasCome, PATIENCE_MS)
  const until = Date.now() + delayMs
  await eventually(
    () => Date.now(),
    (now) => now >= until,
  )
  return step?.id ?? 0
}

/** Everything that was due is done: cancellations, messages, and messages of ours that come back. */
async function untilQuiet({ db }: Service): Promise<void> {
  const read = async () => (await dueCancellations(db.fork())).length + (await countWaitingMessages(db))
  await eventually(read, (due) => due === 0, PATIENCE_MS)
}

async function eventOf(db: Database, id: number): Promise<EndedEvent> {
  const event = await readEventById(db, id)
  if (!event) throw new Error(`no event ${id}`)
  return event
}

/** Builds that have not ended, that have no reason, or whose task did not end as they did. */
function wrongEnds({ world }: Service, { builds }: EndedEvent): string[] {
  const tasks = new Map(hubTasks(world.lab).map((task) => [task.id, task.state]))
  return builds.flatMap(({ id, state, stateReason, taskId }) => {
    const task = taskId === null ? undefined : tasks.get(taskId)
    if (state !== 'DONE' && state !== 'CANCELED') return [`build ${id} is ${state}`]
    if (stateReason === null) return [`build ${id} has no reason`]
    if (state === 'DONE' && task !== 'CLOSED') return [`build ${id} is DONE, its task ${task}`]
    const isInKoji = stateReason === 'Build canceled in external build system.'
    return isInKoji && task !== 'CANCELED' ? [`build ${id} is canceled, its task ${task}`] : []
  })
}

/** States that were published more than once, or not last. A message may arrive twice, with the same id. */
function wrongMessages({ world }: Service, event: EndedEvent): string[] {
  const states = (topic: Parameters<typeof world.sent>[0], id: number) => {
    const about = world.sent(topic).filter(({ body }) => body.id === id)
    return [...new Map(about.map(({ messageId, body }) => [messageId, String(body.state_name)])).values()]
  }
  const check = (what: string, published: string[], last: string) =>
    new Set(published).size === published.length && published.at(-1) === last
      ? []
      : [`${what}: published ${published.join()}, but it is ${last}`]
  return [
    ...check('the event', states('event.state.changed', event.id), event.state),
    ...check('the short event', states('event.state.changed.min', event.id), event.state),
    ...event.builds.flatMap(({ id, state }) =>
      check(`build ${id}`, states('build.state.changed', id), state),
    ),
  ]
}

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
