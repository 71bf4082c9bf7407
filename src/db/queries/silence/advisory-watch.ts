/** The comparison of our events with the shipped advisories of the Errata Tool: when it is due, and what it last found. */
import type { AdvisoryWatch, MissedAdvisory } from '../../../domain/silence.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'

type Row = {
  watchingSince: string
  comparedAt: string
  missed: (Omit<MissedAdvisory, 'shippedAt'> & { shippedAt: string | null })[]
  missedShippedAt: string | null
}
const COLUMNS =
  'watching_since as "watchingSince", compared_at as "comparedAt", missed, opened_shipped_at as "missedShippedAt"'

/**
 * Takes the right to compare, if the last comparison began before `before`; one of many callers gets it. The first
 * one begins the watch.
 */
export async function takeComparison(
  em: EntityManager,
  now: Date,
  before: Date,
): Promise<AdvisoryWatch | null> {
  const sql = `insert into advisory_watch as w (id, watching_since, compared_at, missed) values (1, ?, ?, '[]')
    on conflict (id) do update set compared_at = excluded.compared_at where w.compared_at < ?
    returning ${COLUMNS}`
  const [row] = await em.execute<Row[]>(sql, [now, now, before])
  return row ? toWatch(row) : null
}

/** Stores what a comparison found. */
export async function storeMissed(em: EntityManager, missed: readonly MissedAdvisory[]): Promise<void> {
  await em.execute('update advisory_watch set missed = ?::jsonb where id = 1', [JSON.stringify(missed)])
}

/** Records when advisories have shipped that a comparison found without an event; the newest one counts, whatever becomes of them. */
export async function recordMissed(
  em: EntityManager,
  missed: readonly Pick<MissedAdvisory, 'shippedAt'>[],
): Promise<void> {
  const [newest] = missed
    .flatMap(({ shippedAt }) => shippedAt ?? [])
    .sort((a, b) => b.getTime() - a.getTime())
  if (!newest) return
  const sql =
    'update advisory_watch set opened_shipped_at = greatest(opened_shipped_at, ?::timestamptz) where id = 1'
  await em.execute(sql, [newest])
}

/** The state of the watch; null before its first comparison. */
export async function readWatch(em: EntityManager): Promise<AdvisoryWatch | null> {
  const [row] = await em.execute<Row[]>(`select ${COLUMNS} from advisory_watch where id = 1`)
  return row ? toWatch(row) : null
}

/** When the last message about a shipped advisory was received; null: none is kept. */
export async function lastShippedMessage(em: EntityManager): Promise<Date | null> {
  const sql = `select received_at as "receivedAt" from inbox where meaning ->> 'kind' = 'advisory-shipped'
    order by received_at desc limit 1`
  const [row] = await em.execute<{ receivedAt: string }[]>(sql)
  return row ? new Date(row.receivedAt) : null
}

function toWatch({ watchingSince, comparedAt, missed, missedShippedAt }: Row): AdvisoryWatch {
  return {
    watchingSince: new Date(watchingSince),
    comparedAt: new Date(comparedAt),
    missed: missed.map((advisory) => ({ ...advisory, shippedAt: dateOrNull(advisory.shippedAt) })),
    missedShippedAt: dateOrNull(missedShippedAt),
  }
}
