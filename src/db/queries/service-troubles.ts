/** Outside services: which are in trouble and which job may probe next whether they are back, and when each last answered a poll. */
import type { EntityManager } from '../orm.ts'

/** Whose fault it is: the service is down or fails, or it refuses our account. */
export type TroubleBlame = 'service' | 'account'

/** A service in trouble. */
export type ServiceTroubleRow = {
  service: string
  blame: TroubleBlame
  detail: string
  since: Date
  probeAt: Date
}
type Row = Omit<ServiceTroubleRow, 'since' | 'probeAt'> & { since: string; probeAt: string }

const COLUMNS = 'service, blame, detail, since, probe_at as "probeAt"'

/** All services in trouble, the longest first. */
export async function serviceTroubles(em: EntityManager): Promise<ServiceTroubleRow[]> {
  const rows = await em.execute<Row[]>(`select ${COLUMNS} from service_troubles order by since, service`)
  return rows.map(toTrouble)
}

/**
 * Stores that a call to a service failed; `ofWrites`: one that changes something, which stays noted until the trouble ends; `probeAt`: when
 * the service may be probed at the earliest.
 * @returns whether this begins the trouble, and since when it lasts
 */
export async function recordServiceTrouble(
  em: EntityManager,
  trouble: { service: string; blame: TroubleBlame; detail: string; ofWrites: boolean; probeAt: Date },
  now: Date,
): Promise<{ isNew: boolean; since: Date }> {
  const sql = `
    insert into service_troubles as t (service, blame, detail, writes_failed_at, since, last_seen, probe_at)
      values (?, ?, ?, ?::timestamptz, ?, ?, ?)
    on conflict (service, blame) do update set detail = excluded.detail, last_seen = excluded.last_seen,
      writes_failed_at = coalesce(excluded.writes_failed_at, t.writes_failed_at),
      probe_at = greatest(t.probe_at, excluded.probe_at)
    returning (xmax = 0) as "isNew", since`
  const [row] = await em.execute<{ isNew: boolean; since: string }[]>(sql, [
    trouble.service,
    trouble.blame,
    trouble.detail,
    trouble.ofWrites ? now : null,
    now,
    now,
    trouble.probeAt,
  ])
  return { isNew: row?.isNew ?? false, since: row ? new Date(row.since) : now }
}

/** Takes the right to probe a service; true for one of many callers until `next`. */
export async function takeProbe(em: EntityManager, service: string, now: Date, next: Date): Promise<boolean> {
  const sql = 'update service_troubles set probe_at = ? where service = ? and probe_at <= ? returning 1'
  return (await em.execute<object[]>(sql, [next, service, now])).length > 0
}

/**
 * Ends troubles of a service whose last failure was recorded before `startedAt`, and returns them. Those of calls that change
 * something end only with `writes`; when another call has failed since, what is left of them is a trouble that a read ends.
 */
export async function endServiceTrouble(
  em: EntityManager,
  service: string,
  { blames, writes }: { blames: readonly TroubleBlame[]; writes: boolean },
  startedAt: Date,
): Promise<ServiceTroubleRow[]> {
  const mine = 'service = ? and blame in (?)'
  if (writes) {
    const sql = `update service_troubles set writes_failed_at = null where ${mine} and writes_failed_at <= ?`
    await em.execute(sql, [service, [...blames], startedAt])
  }
  const sql = `delete from service_troubles where ${mine} and writes_failed_at is null and last_seen <= ? returning ${COLUMNS}`
  return (await em.execute<Row[]>(sql, [service, [...blames], startedAt])).map(toTrouble)
}

/** Deletes troubles that no call has met since `before`: nothing needs the service any more. */
export async function deleteStaleTroubles(em: EntityManager, before: Date): Promise<void> {
  await em.execute('delete from service_troubles where last_seen < ? and probe_at < ?', [before, before])
}

/** Records that a service answered a poll that began at `at`, which looked at everything that runs there. */
export async function recordPolled(em: EntityManager, service: string, at: Date): Promise<void> {
  const sql = `insert into service_polls as p (service, answered_at) values (?, ?)
    on conflict (service) do update set answered_at = greatest(p.answered_at, excluded.answered_at)`
  await em.execute(sql, [service, at])
}

/** When the last poll began that a service answered; null: none yet. */
export async function lastPolled(em: EntityManager, service: string): Promise<Date | null> {
  const sql = 'select answered_at as at from service_polls where service = ?'
  const [row] = await em.execute<{ at: string }[]>(sql, [service])
  return row ? new Date(row.at) : null
}

function toTrouble(row: Row): ServiceTroubleRow {
  return { ...row, since: new Date(row.since), probeAt: new Date(row.probeAt) }
}
