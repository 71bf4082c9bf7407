/** Runs the system under faults: sends all messages while one fault follows another, and compares the actual with the expected state. */
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

/** How long the system took after a fault; `recoveryMs` undefined: it made no progress within `FAULT_PATIENCE_MS`. */
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

const MESSAGES_PER_EVENT = 2000
const MESSAGES_PER_SUBJECT = 500
const MAX_UNSENT = 500
/** Sent while a fault that is not over holds up the rest. */
const TRICKLE = { messages: 5, everyMs: 100 }
const MAX_AHEAD = 20_000
const POLL_EVERY_MS = 50
const FAULT_PATIENCE_MS = 120_000
const SETTLE_PATIENCE_MS = 240_000

type Log = (line: string) => void

/** A run in progress. */
type Run = {
  options: ChaosOptions & { advisories: number }
  system: System
  database: pg.Pool
  traffic: Traffic
  /** Ids of the lab's messages so far. */
  fromLab: ReadonlySet<string>
  progress: { faultsDone: number; sent: number }
  log: Log
}

/** Starts everything, runs, compares and stops. `log` gets a line for each step; `stop` ends it early, with an error. */
export async function runChaos(options: ChaosOptions, log: Log, stop?: AbortSignal): Promise<Report> {
  const advisories = Math.max(2, Math.round(options.messages / MESSAGES_PER_EVENT))
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
  const subjects = Math.max(20, Math.round(options.messages / MESSAGES_PER_SUBJECT))
  const traffic = createTraffic(system.lab.world, { seed: options.seed, subjects }, system.publisher.send)
  const progress = { faultsDone: 0, sent: 0 }
  const run: Run = { options: { ...options, advisories }, system, database, traffic, fromLab, progress, log }
  try {
    return await Promise.race([runToEnd(run), stopped])
  } finally {
    await system.stop()
    await database.end()
  }
}

async function runToEnd(run: Run): Promise<Report> {
  const began = performance.now()
  const { system, database, traffic, log } = run
  const { subscriber, logs } = system
  log(`started, logs in ${logs}`)
  const [recoveries] = await Promise.all([injectFaults(run), sendAll(run)])
  const [messages, fromLab] = [traffic.ends.length, run.fromLab.size]
  log(`all ${messages} messages are sent, and ${fromLab} of the lab`)
  await untilSettled(database, system, () => messages + run.fromLab.size)
  const seconds = (performance.now() - began) / 1000
  const errors = await findErrors(run, recoveries)
  const [messagesOut, copiesOut] = [subscriber.arrivals.length, subscriber.copies().redelivered]
  return { messages, fromLab, seconds, messagesOut, copiesOut, recoveries, errors, logs }
}

async function findErrors(
  { system, database, traffic, fromLab, options }: Run,
  recoveries: readonly Recovery[],
): Promise<string[]> {
  const { subscriber, webs, lab } = system
  return [
    ...(await inboxErrors(database, { ends: traffic.ends, fromLab })),
    ...(await buildErrors(database, lab, options.advisories)),
    ...(await outboxErrors(database, subscriber)),
    ...stateErrors(subscriber.arrivals),
    ...(await decisionErrors(subscriber.arrivals, webs, traffic.subjects)),
    ...recoveries.filter(isTooLong).map(({ fault, what }) => `slow: recovery from '${fault}' (${what})`),
  ]
}

/** Whether the system took longer than the fault allows. */
export function isTooLong({ recoveryMs, limitMs }: Recovery): boolean {
  return recoveryMs === undefined || recoveryMs > limitMs
}

/** Sends every message. Each finished fault releases its share; the next fault comes in the middle of that, so that it hits a busy system. */
async function sendAll({ system, database, traffic, progress, options }: Run): Promise<void> {
  const { publisher, lab } = system
  const { messages, faults, advisories, rate } = options
  let shipped = 0
  const pace = createPace(rate)
  const isReleased = () => traffic.ends.length < (messages * (progress.faultsDone + 1)) / (faults + 1)
  while (traffic.ends.length < messages || progress.faultsDone < faults) {
    const free = isReleased()
    if (!free) await sleep(TRICKLE.everyMs)
    const count = free ? MAX_UNSENT / 2 : TRICKLE.messages
    for (let n = 0; n < count; n += 1) traffic.next()
    progress.sent = traffic.ends.length
    const due = Math.min(advisories, Math.ceil((advisories * traffic.ends.length) / messages))
    for (; shipped < due; shipped += 1) shipAdvisory(lab.world, FIRST_ADVISORY + shipped)
    await publisher.untilUnsent(MAX_UNSENT)
    if (free) await untilNotAhead(database, traffic)
    await pace(count)
  }
  traffic.flush()
  await publisher.untilUnsent(0)
}

/** Returns a function that waits as long as the given number of messages takes at this rate; delays are not made up for. */
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
  if (traffic.ends.length < MAX_AHEAD) return
  for (;;) {
    const stored = await lastRow(database).catch(() => 0)
    if (traffic.ends.length - stored < MAX_AHEAD) return
    await sleep(100)
  }
}

/** Ids have gaps (of repeated messages), so this is an upper bound. */
async function lastRow(database: pg.Pool): Promise<number> {
  const { rows } = await database.query<{ id: string | null }>('select max(id) as id from inbox')
  return Number(rows[0]?.id ?? 0)
}

/** One after the other, each when the system has recovered from the previous one; no kind is repeated before all had a turn. */
async function injectFaults({ system, database, progress, log, options }: Run): Promise<Recovery[]> {
  const { messages, faults, seed, only } = options
  const random = seededRandom(seed + 1)
  const recoveries: Recovery[] = []
  await untilProgress(database, system.webs, Date.now(), FAULT_PATIENCE_MS)
  const names = Object.keys(FAULTS).filter((name) => name.includes(only))
  let order: string[] = []
  while (progress.faultsDone < faults) {
    if (order.length === 0) order = shuffled(names, random)
    const name = order.pop() ?? ''
    while (progress.sent < (messages * (progress.faultsDone + 0.5)) / (faults + 1)) await sleep(POLL_EVERY_MS)
    const fault = FAULTS[name]
    const injected = await fault?.inject(system, random)
    if (!fault || !injected) continue
    const { what, since } = injected
    const recoveryMs = await untilProgress(database, system.webs, since, FAULT_PATIENCE_MS)
    injected.end?.()
    recoveries.push({ fault: name, what, recoveryMs, limitMs: fault.limitMs })
    progress.faultsDone += 1
    log(`${name} (${what}): ${recoveryMs === undefined ? 'NO PROGRESS' : `${recoveryMs} ms`}`)
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

/**
 * Waits until all messages are stored and handled, all events have ended and all messages out have arrived, or nothing of this has
 * changed for `SETTLE_PATIENCE_MS`: how long a machine takes for what it was sent does not tell whether anything is stuck.
 */
async function untilSettled(database: pg.Pool, { subscriber }: System, sent: () => number): Promise<void> {
  const sql = `select (select count(*)::int from inbox) as stored,
    (select count(*)::int from inbox where state = 'new') as waiting,
    (select count(*)::int from events where state in (0, 1)) as open,
    (select count(*)::int from outbox where published_at is null) as unsent,
    (select count(*)::int from outbox) as written`
  type Counts = Record<'stored' | 'waiting' | 'open' | 'unsent' | 'written', number>
  let last = { counts: '', at: Date.now() }
  while (Date.now() < last.at + SETTLE_PATIENCE_MS) {
    const now = (await database.query<Counts>(sql)).rows[0]
    const counts = JSON.stringify([now, subscriber.arrivals.length])
    if (counts !== last.counts) last = { counts, at: Date.now() }
    const isQuiet = now && now.waiting + now.open + now.unsent === 0
    if (isQuiet && now.stored >= sent() && subscriber.arrivals.length >= now.written) return
    await sleep(500)
  }
}
