/** Measures the time from the end of a fault until every part of the system makes progress. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** The observed progress: rows that are stored, handled and sent; web processes are observed separately. */
type Progress = { stored: boolean; waiting: number; published: boolean; unsent: number }

const POLL_EVERY_MS = 50
const ANSWER_WITHIN_MS = 2000

/** How many of the rows from before `$1` are waiting, and whether anything was stored or sent since. */
const PROGRESS = `
  select exists (select 1 from inbox where received_at > $1) as stored,
         (select count(*)::int from inbox where state = 'new' and received_at <= $1) as waiting,
         exists (select 1 from outbox where published_at > $1) as published,
         (select count(*)::int from outbox where published_at is null and created_at <= $1) as unsent`

/**
 * Milliseconds since `since` until a message has been stored, one that waited has been handled, one out has been sent (where any
 * waited), and both web processes answer. `undefined`: not within `patienceMs`.
 */
export async function untilProgress(
  database: pg.Pool,
  webs: readonly string[],
  since: number,
  patienceMs: number,
): Promise<number | undefined> {
  let first: Progress | undefined
  let answered = false
  for (;;) {
    const now = await progressSince(database, since)
    first ??= now
    answered ||= (await Promise.all(webs.map(answers))).every(Boolean)
    if (now && first && answered && hasMoved(first, now)) return Date.now() - since
    if (Date.now() - since > patienceMs) return undefined
    await sleep(POLL_EVERY_MS)
  }
}

function hasMoved(first: Progress, now: Progress): boolean {
  const handled = now.waiting === 0 || now.waiting < first.waiting
  return now.stored && handled && (now.unsent === 0 || now.published)
}

async function progressSince(database: pg.Pool, since: number): Promise<Progress | undefined> {
  try {
    return (await database.query<Progress>(PROGRESS, [new Date(since)])).rows[0]
  } catch {
    return undefined
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1.0/about`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
