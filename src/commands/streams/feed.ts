/** Follows the outbox of the database: one reader for all streams of a process, woken by notifications. */
import type { Context } from '../../context.ts'
import { assignPositions, messagesAfter, positionRange } from '../../db/queries/messages/positions.ts'
import type { StreamChange } from '../../domain/streams/change.ts'
import { createRecentEntries, type Entry, type RecentEntries } from '../../domain/streams/recent.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { createSharedRuns } from '../../lib/async/shared-runs.ts'
import { createSlots } from '../../lib/async/slots.ts'
import { messageOf, NotReady } from '../../lib/errors.ts'
import { changeOf } from '../../present/stream.ts'

type FeedContext = Pick<Context, 'db' | 'log'>

/** Everything the process knows of the outbox. */
export type Feed = {
  /** Reads what is new. A failure is logged; the next call reads what this one missed. */
  read(): Promise<void>
  /** There is something new that no stream waits for: it is read before the next one begins. */
  postpone(): void
  /** Whether something was postponed and is not read yet. */
  isBehind(): boolean
  /** Reads nothing from now on, and resolves when nothing is being read. */
  stop(): Promise<void>
  /** The position up to which everything has been read. @throws NotReady while nothing could be read yet */
  position(): Promise<number>
  /** The newest entries; valid once `position` has returned. */
  recent(): RecentEntries
  /** The entries behind a position that `recent` no longer reaches, up to a page of them; empty: there are none. */
  older(position: number): Promise<readonly Entry[]>
  /** Whether messages behind this position have been deleted, or it was never given out. */
  hasGapAfter(position: number): Promise<boolean>
}

const PAGE = 200
/** Entries read in advance, so that streams which continue after a restart of this process need no query of their own. */
const READ_AHEAD = 1000
const LIMITS = { maxEntries: 10_000, maxBytes: 16 * 1024 * 1024 }
/** Max streams that read old entries at a time: the database has other work. */
const OLD_READERS = 2
const PATIENCE_MS = 5000
const RETRY_MS = 2000

/** Takes each change once, in order of position; `behind` is where the feed was before it read these. */
export type OnChanges = (changes: readonly StreamChange[], behind: number) => void

/** Reads nothing before the first call. */
export function createFeed({ db, log }: FeedContext, onChanges: OnChanges): Feed {
  const slots = createSlots(OLD_READERS)
  const readings = createSharedRuns<void>()
  let known: RecentEntries | undefined
  let underWay: Promise<void> = Promise.resolve()
  let isStopped = false
  let isBehind = false

  async function begin(): Promise<RecentEntries> {
    const { newest, deleted } = await positionRange(db.fork())
    return createRecentEntries(Math.max(newest - READ_AHEAD, deleted, 0), LIMITS)
  }

  async function readNew(): Promise<void> {
    await readings('new changes', readFromHere)
  }

  async function readFromHere(): Promise<void> {
    isBehind = false
    await assignPositions(db)
    const recent = known ?? (await begin())
    for (;;) {
      const behind = recent.newest()
      const entries = await page(behind)
      if (entries.length === 0) break
      recent.add(entries)
      onChanges(
        entries.flatMap(({ change }) => change ?? []),
        behind,
      )
    }
    known = recent
  }

  async function page(position: number): Promise<Entry[]> {
    const messages = await messagesAfter(db.fork(), position, PAGE)
    return messages.map((message) => ({ position: message.position, change: changeOf(message) }))
  }

  async function ready(): Promise<RecentEntries> {
    if (!known || isBehind) await readInTime()
    if (!known) throw notReady()
    return known
  }

  async function readInTime(): Promise<void> {
    await withinTime(readNew(), PATIENCE_MS).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, 'could not read changes')
      throw notReady()
    })
  }

  function read(): Promise<void> {
    if (isStopped) return underWay
    underWay = readNew().catch((error: unknown) =>
      log.warn({ reason: messageOf(error) }, 'could not read changes'),
    )
    return underWay
  }

  return {
    read,
    postpone: () => {
      isBehind = true
    },
    isBehind: () => isBehind,
    stop: () => {
      isStopped = true
      return underWay
    },
    position: async () => (await ready()).newest(),
    recent: () => {
      if (!known) throw new Error('the feed has not been read yet')
      return known
    },
    older: (position) => slots(() => page(position)),
    hasGapAfter: async (position) => {
      const recent = await ready()
      if (position > recent.newest()) await readInTime() // another process was faster
      if (position > recent.newest()) return true
      if (recent.reaches(position)) return false
      const { deleted } = await positionRange(db.fork())
      return position < deleted
    },
  }
}

function notReady(): NotReady {
  return new NotReady('The changes cannot be read from the database at the moment.', RETRY_MS)
}
