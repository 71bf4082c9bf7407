/** Outside services in trouble: since when, and which job may probe next whether they are back. */
import type { EntityManager } from '../orm.ts'

/** Whose fault it is: the service is away or fails, or it refuses our account. */
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
 * Stores that a call to a service failed. @returns whether this begins the trouble, and since when it lasts
 */
export async function noteServiceTrouble(
  em: EntityManager,
  { service, blame, detail }: { service: string; blame: TroubleBlame; detail: string },
  now: Date,
): Promise<{ isNew: boolean; since: Date }> {
  const sql = `
    insert into service_troubles as t (service, blame, detail, since, last_seen, probe_at) values (?, ?, ?, ?, ?, ?)
    on conflict (service, blame) do update set detail = excluded.detail, last_seen = excluded.last_seen
    returning (xmax = 0) as "isNew", since`
  const [row] = await em.execute<{ isNew: boolean; since: string }[]>(sql, [
    service,
    blame,
    detail,
    now,
    now,
    now,
  ])
  return { isNew: row?.isNew ?? false, since: row ? new Date(row.since) : now }
}

/** Takes the right to probe a service; true for one of many callers until `next`. */
export async function takeProbe(em: EntityManager, service: string, now: Date, next: Date): Promise<boolean> {
  const sql = 'update service_troubles set probe_at = ? where service = ? and probe_at <= ? returning 1'
  return (await em.execute<object[]>(sql, [next, service, now])).length > 0
}

/** Ends troubles of a service that were last seen before `startedAt`, and returns them. */
export async function endServiceTrouble(
  em: EntityManager,
  service: string,
  blames: readonly TroubleBlame[],
  startedAt: Date,
): Promise<ServiceTroubleRow[]> {
  const sql = `delete from service_troubles where service = ? and blame in (?) and last_seen <= ? returning ${COLUMNS}`
  return (await em.execute<Row[]>(sql, [service, [...blames], startedAt])).map(toTrouble)
}

/** Deletes troubles that no call has met since `before`: nothing needs the service any more. */
export async function deleteStaleTroubles(em: EntityManager, before: Date): Promise<void> {
  await em.execute('delete from service_troubles where last_seen < ? and probe_at < ?', [before, before])
}

function toTrouble(row: Row): ServiceTroubleRow {
  return { ...row, since: new Date(row.since), probeAt: new Date(row.probeAt) }
}
