/** Runs the system under fire: sends all messages while one fault follows another, and compares what should be with what is. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { seededRandom } from '../../lab/seeded-random.ts'
import { shipAdvisory } from '../../lab/services/errata/ship.ts'
import type { ChaosOptions } from './arguments.ts'
import { FIRST_ADVISORY } from './catalogue.ts'
import { buildErrors } from './compare-builds.ts'
import { inboxErrors } from './compare-in.ts'
import { decisionErrors, outboxErrors, stateErrors } from './compare-out.ts'
import { FAULTS } from './faults.ts'
import { untilProgress } from './recovery.ts'
import { type System, startSystem } from './system.ts'
import { createTraffic, type Traffic } from './traffic.ts'

/** How long the system took after a fault; `recoveryMs` undefined: it made no progress before patience was over. */
export type Recovery = { fault: string; what: string; recoveryMs: number | undefined; limitMs: number }

/** The outcome. `errors` is empty when nothing was lost, doubled, stuck or out of order. */
export type Report = {
  messages: number
  fromLab: number
  seconds: number
  messagesOut: number
  copiesOut: number
  recoveries: Recovery[]
  errors: string[]
  logs: string
}

const MESSAGES_AN_EVENT = 2000
const MESSAGES_A_SUBJECT = 500
const UNSENT = 500
/** Sent for each tick while a fault that has not ended holds up the rest. */
const TRICKLE = { messages: 5, everyMs: 100 }
const AHEAD = 20_000
const LOOK_EVERY_MS = 50
const FAULT_PATIENCE_MS = 120_000
const SETTLE_PATIENCE_MS = 240_000

/** Starts everything, runs, compares and stops. `say` gets a line for each step; `stop` ends it early, with an error. */
export async function runChaos(
  options: ChaosOptions,
  say: (line: string) => void,
  stop?: AbortSignal,
): Promise<Report> {
  const advisories = Math.max(2, Math.round(options.messages / MESSAGES_AN_EVENT))
  const fromLab = new Set<string>()
  let system: System | undefined
  system = await startSystem({
    ...options,
    advisories,
    fromLab: (topic, body, properties) => {
      const messageId = `lab-${fromLab.size}`
      fromLab.add(messageId)
      system?.publisher.send({ topic, body, messageId, properties })
    },
  })
  const database = new pg.Pool({ connectionString: system.postgres.url, max: 2 })
  database.on('error', () => undefined)
  const stopped = new Promise<never>((_resolve, reject) => {
    stop?.addEventListener('abort', () => reject(new Error('stopped')))
  })
  try {
    return await Promise.race([endure(system, database, { ...options, advisories, fromLab }, say), stopped])
  } finally {
    await system.stop()
    await database.end()
  }
}

type Run = ChaosOptions & { advisories: number; fromLab: ReadonlySet<string> }

async function endure(
  system: System,
  database: pg.Pool,
  run: Run,
  say: (line: string) => void,
): Promise<Report> {
  const began = performance.now()
  const { publisher, webs, lab, subscriber, logs } = system
  const subjects = Math.max(20, Math.round(run.messages / MESSAGES_A_SUBJECT))
  const traffic = createTraffic(lab.world, { seed: run.seed, subjects }, publisher.send)
  say(`started, logs in ${logs}`)
  const course = { faultsDone: 0, sent: 0 }
  const [recoveries] = await Promise.all([
    haveFaults(system, database, run, course, say),
    sendAll(system, traffic, database, run, course),
  ])
  const [messages, fromLab] = [traffic.ends.length, run.fromLab.size]
  say(`all ${messages} messages are sent, and ${fromLab} of the lab`)
  await untilSettled(database, system, () => messages + run.fromLab.size)
  const seconds = (performance.now() - began) / 1000
  const errors = [
    ...(await inboxErrors(database, { ends: traffic.ends, fromLab: run.fromLab })),
    ...(await buildErrors(database, lab, run.advisories)),
    ...(await outboxErrors(database, subscriber)),
    ...stateErrors(subscriber.arrivals),
    ...(await decisionErrors(subscriber.arrivals, webs, traffic.subjects)),
    ...recoveries.filter(isTooLong).map(({ fault, what }) => `slow: recovery from '${fault}' (${what})`),
  ]
  const [messagesOut, copiesOut] = [subscriber.arrivals.length, subscriber.copies().redelivered]
  return { messages, fromLab, seconds, messagesOut, copiesOut, recoveries, errors, logs }
}

/** Whether the system took longer than the fault allows. */
export function isTooLong({ recoveryMs, limitMs }: Recovery): boolean {
  return recoveryMs === undefined || recoveryMs > limitMs
}

type Course = { faultsDone: number; sent: number }

/** Sends every message; each fault that is over releases its share, and the next one comes in the middle of that, so that faults hit a system at work. */
async function sendAll(
  { publisher, lab }: System,
  traffic: Traffic,
  database: pg.Pool,
  { messages, faults, advisories, rate }: Run,
  course: Course,
): Promise<void> {
  let shipped = 0
  const pace = createPace(rate)
  const isReleased = () => traffic.ends.length < (messages * (course.faultsDone + 1)) / (faults + 1)
  while (traffic.ends.length < messages || course.faultsDone < faults) {
    const free = isReleased()
    if (!free) await sleep(TRICKLE.everyMs)
    const some = free ? UNSENT / 2 : TRICKLE.messages
    for (let n = 0; n < some; n += 1) traffic.next()
    course.sent = traffic.ends.length
    const due = Math.min(advisories, Math.ceil((advisories * traffic.ends.length) / messages))
    for (; shipped < due; shipped += 1) shipAdvisory(lab.world, FIRST_ADVISORY + shipped)
    await publisher.untilUnsent(UNSENT)
    if (free) await untilNotAhead(database, traffic)
    await pace(some)
  }
  traffic.flush()
  await publisher.untilUnsent(0)
}

/** A function that waits as long as so many messages take at that rate; what took longer is not caught up. */
function createPace(rate: number): (messages: number) => Promise<void> {
  let dueAt = performance.now()
  return async (messages) => {
    const now = performance.now()
    dueAt = Math.max(dueAt + (1000 * messages) / rate, now)
    if (dueAt > now) await sleep(dueAt - now)
  }
}

/** The broker takes messages faster than the service: its queue must not grow without limit. */
async function untilNotAhead(database: pg.Pool, traffic: Traffic): Promise<void> {
  if (traffic.ends.length < AHEAD) return
  for (;;) {
    const stored = await lastRow(database).catch(() => 0)
    if (traffic.ends.length - stored < AHEAD) return
    await sleep(100)
  }
}

/** Ids have gaps (of repeated messages), so this is an upper bound. */
async function lastRow(database: pg.Pool): Promise<number> {
  const { rows } = await database.query<{ id: string | null }>('select max(id) as id from inbox')
  return Number(rows[0]?.id ?? 0)
}

/** One after the other, each when the system has recovered from the one before; every kind before any comes again. */
async function haveFaults(
  system: System,
  database: pg.Pool,
  { messages, faults, seed, only }: ChaosOptions,
  course: Course,
  say: (line: string) => void,
): Promise<Recovery[]> {
  const random = seededRandom(seed + 1)
  const recoveries: Recovery[] = []
  await untilProgress(database, system.webs, Date.now(), FAULT_PATIENCE_MS)
  const names = Object.keys(FAULTS).filter((name) => name.includes(only))
  let order: string[] = []
  while (course.faultsDone < faults) {
    if (order.length === 0) order = shuffled(names, random)
    const name = order.pop() ?? ''
    while (course.sent < (messages * (course.faultsDone + 0.5)) / (faults + 1)) await sleep(LOOK_EVERY_MS)
    const fault = FAULTS[name]
    const harm = await fault?.happen(system, random)
    if (!fault || !harm) continue
    const recoveryMs = await untilProgress(database, system.webs, harm.since, FAULT_PATIENCE_MS)
    harm.end?.()
    recoveries.push({ fault: name, what: harm.what, recoveryMs, limitMs: fault.limitMs })
    course.faultsDone += 1
    say(`${name} (${harm.what}): ${recoveryMs === undefined ? 'NO PROGRESS' : `${recoveryMs} ms`}`)
    await sleep(random() * 1000)
  }
  return recoveries
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item)
}

/** Until all messages are stored and handled, all events have ended and all messages out have arrived; not longer than patience. */
async function untilSettled(database: pg.Pool, { subscriber }: System, sent: () => number): Promise<void> {
  const giveUpAt = Date.now() + SETTLE_PATIENCE_MS
  const sql = `select (select count(*)::int from inbox) as stored,
    (select count(*)::int from inbox where state = 'new') as waiting,
    (select count(*)::int from events where state in (0, 1)) as open,
    (select count(*)::int from outbox where published_at is null) as unsent,
    (select count(*)::int from outbox) as written`
  type Counts = Record<'stored' | 'waiting' | 'open' | 'unsent' | 'written', number>
  while (Date.now() < giveUpAt) {
    const now = (await database.query<Counts>(sql)).rows[0]
    const isQuiet = now && now.waiting + now.open + now.unsent === 0
    if (isQuiet && now.stored >= sent() && subscriber.arrivals.length >= now.written) return
    await sleep(500)
  }
}
