/** Decides what has gone silent: queues whose work is stalled, worker processes, the bus (decision 0041). */
import { amount } from './amount.ts'

/** An advisory that has shipped and has no event; `shippedAt` null: the time cannot be read, so it may be before the watch began. */
export type MissedAdvisory = { id: number; name: string; shippedAt: Date | null }

/**
 * What the last comparison of our events with the Errata Tool found. `missedShippedAt`: when the newest advisory shipped that any
 * comparison has ever found without an event, even if it has one now; null: there was none.
 */
export type AdvisoryWatch = {
  watchingSince: Date
  comparedAt: Date
  missed: readonly MissedAdvisory[]
  missedShippedAt: Date | null
}

/** An outgoing message that the broker did not accept: later messages of the same event or subject wait for it. */
export type RefusedMessage = {
  id: number
  topic: string
  eventId: number | null
  attempts: number
  error: string
}

/**
 * What was last heard of each part; `oldestDue` by queue, null where nothing is due; `openSince`: when the oldest event that has not
 * ended was opened, null: all have.
 */
export type SignsOfLife = {
  oldestDue: Readonly<Record<string, Date | null>>
  workers: readonly { id: string; host: string; pid: number; startedAt: Date; seenAt: Date }[]
  openSince: Date | null
  watch: AdvisoryWatch | null
  /** The oldest one that waits; null: none does. */
  refused: RefusedMessage | null
  /** When the last message about a shipped advisory was received; null: never, as far as messages are kept. */
  lastShipped: Date | null
}

/** How long each may be silent, in milliseconds: due work of a queue, a worker, the bus. */
export type SilenceLimits = { dueMs: number; workerMs: number; quietMs: number }

/** Builds wait for a slot of the build system as long as it takes: their age alone says nothing. */
const MAY_WAIT: ReadonlySet<string> = new Set(['submit'])

/** Something silent, with the sentence for people; `worker` is `none` if no worker process is running. */
export type Silence =
  | { kind: 'queue'; queue: string; since: Date; detail: string }
  | { kind: 'worker'; worker: string; since: Date; detail: string }
  | { kind: 'bus'; since: Date; detail: string }
  | { kind: 'missed-advisories'; since: Date; advisories: readonly string[]; detail: string }

/** Max characters of the broker's error text that are shown. */
const MAX_ERROR = 300

/** Everything that has been silent for longer than its limit at `now`. */
export function judgeSilence(signs: SignsOfLife, limits: SilenceLimits, now: Date): Silence[] {
  const isLong = (since: Date, limitMs: number) => isPast(since, limitMs, now)
  const silences: Silence[] = []
  for (const [queue, since] of Object.entries(signs.oldestDue))
    if (since && !MAY_WAIT.has(queue) && isLong(since, limits.dueMs))
      silences.push({
        kind: 'queue',
        queue,
        since,
        detail: `work of queue ${queue} has been due since ${iso(since)}${queue === 'publish' ? refusalText(signs.refused) : ''}`,
      })
  for (const { id, host, pid, seenAt } of signs.workers)
    if (isLong(seenAt, limits.workerMs))
      silences.push({
        kind: 'worker',
        worker: id,
        since: seenAt,
        detail: `worker process ${pid} on ${host} gave its last sign of life at ${iso(seenAt)}`,
      })
  const { watch, workers, openSince } = signs
  if (workers.length === 0 && openSince && isLong(openSince, limits.workerMs))
    silences.push({
      kind: 'worker',
      worker: 'none',
      since: openSince,
      detail: `no worker process is running, although an event has been open since ${iso(openSince)}`,
    })
  return watch ? [...silences, ...judgeMissed(watch), ...judgeBus(watch, signs, limits, now)] : silences
}

/** Named, because one message that is never accepted holds up all behind it. */
function refusalText(refused: RefusedMessage | null): string {
  if (!refused) return ''
  const { id, topic, eventId, attempts, error } = refused
  const of = eventId === null ? '' : ` of event ${eventId}`
  const shown = error.length > MAX_ERROR ? `${error.slice(0, MAX_ERROR - 1)}…` : error
  return `: message ${id} (${topic}${of}) was not accepted in ${amount(attempts, 'attempt', 'attempts')}: ${shown}`
}

/** Whether any worker process has given a sign of life within its limit. */
export function isAnyWorkerAlive(
  { workers }: Pick<SignsOfLife, 'workers'>,
  { workerMs }: Pick<SilenceLimits, 'workerMs'>,
  now: Date,
): boolean {
  return workers.some(({ seenAt }) => !isPast(seenAt, workerMs, now))
}

function isPast(since: Date, limitMs: number, now: Date): boolean {
  return now.getTime() - since.getTime() > limitMs
}

function judgeMissed({ missed, comparedAt }: AdvisoryWatch): Silence[] {
  if (missed.length === 0) return []
  const advisories = missed.map(({ name }) => name)
  const shown = `${advisories.slice(0, 3).join(', ')}${advisories.length > 3 ? ` and ${advisories.length - 3} more` : ''}`
  const detail = `${amount(advisories.length, 'shipped advisory has', 'shipped advisories have')} no event: ${shown}`
  return [{ kind: 'missed-advisories', since: comparedAt, advisories, detail }]
}

/**
 * The bus is quiet if no message about a shipped advisory has come for long although advisories have shipped since: ones without an
 * event, or with one that the comparison or a user opened because no message came.
 */
function judgeBus(
  { missed, watchingSince, missedShippedAt }: AdvisoryWatch,
  { lastShipped }: Pick<SignsOfLife, 'lastShipped'>,
  { quietMs }: SilenceLimits,
  now: Date,
): Silence[] {
  const heard = lastShipped && lastShipped > watchingSince ? lastShipped : watchingSince
  const isMissed = missed.some(({ shippedAt }) => shippedAt && shippedAt > heard)
  const wasMissed = missedShippedAt !== null && missedShippedAt > heard
  if (!(isMissed || wasMissed) || now.getTime() - heard.getTime() <= quietMs) return []
  const detail = `no message about a shipped advisory has arrived since ${iso(heard)}, although some have shipped`
  return [{ kind: 'bus', since: heard, detail }]
}

function iso(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
