/** Exact row counts that are cheap to ask for again: counting a million rows takes longer than the page they are for. */
import type { EntityManager } from '../orm.ts'

/** Runs `select count(*) ${from}` with `values`. */
export type CountRows = (em: EntityManager, from: string, values: readonly unknown[]) => Promise<number>

const MOST_REMEMBERED = 500

/**
 * Makes a counter that remembers what it counted and under which snapshot. Two equal snapshots see the same rows,
 * so a remembered number is used only while nothing at all was committed since: it is never an old one.
 * Requests that arrive while a count runs share the next one, however many they are.
 */
export function createRowCounter(): CountRows {
  const remembered = new Map<string, Counted>()
  const share = shareNext<Counted>()
  return async (em, from, values) => {
    const key = JSON.stringify([from, values])
    const known = remembered.get(key)
    if (known && known.snapshot === (await currentSnapshot(em))) return known.total
    const counted = await share(key, () => count(em, from, values))
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(key, counted)
    return counted.total
  }
}

type Counted = { total: number; snapshot: string }

async function currentSnapshot(em: EntityManager): Promise<string | undefined> {
  const [row] = await em.execute<{ snapshot: string }[]>('select pg_current_snapshot()::text as snapshot')
  return row?.snapshot
}

async function count(em: EntityManager, from: string, values: readonly unknown[]): Promise<Counted> {
  const sql = `select count(*)::int as total, pg_current_snapshot()::text as snapshot ${from}`
  const [row] = await em.execute<Counted[]>(sql, [...values])
  if (!row) throw new Error('count(*) gave no row')
  return row
}

/** Joins calls with the same key, but only to a run that starts after they came: what they get is as new as their own. */
function shareNext<T>(): (key: string, run: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>()
  const waiting = new Map<string, Promise<T>>()
  const start = (key: string, run: () => Promise<T>) => {
    waiting.delete(key)
    const result = run().finally(() => {
      if (running.get(key) === result) running.delete(key)
    })
    running.set(key, result)
    return result
  }
  return (key, run) => {
    const now = running.get(key)
    if (!now) return start(key, run)
    const next = waiting.get(key) ?? now.catch(() => undefined).then(() => start(key, run))
    waiting.set(key, next)
    return next
  }
}
