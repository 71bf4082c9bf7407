/** The resources that the service has used for an event: transactions, rows, jobs, messages and memory. */
import type pg from 'pg'
import type { ServiceProcess } from '../../support/programs/service-process.ts'

/** Since the start of the service, on a database that nothing else uses. */
export type Usage = {
  /** In the database, by all its users; a statement outside a transaction counts as one. */
  transactions: number
  rowsRead: number
  rowsWritten: number
  /** Runs of jobs of all queues, including those that were postponed. */
  jobs: number
  messagesOut: number
  /** Resident memory at the end, not at its peak. */
  rssBytes: number
}

type Row = Pick<Usage, 'transactions' | 'rowsRead' | 'rowsWritten'>

/** Reads the counters and stops the service: some work of a connection is counted only when it is closed. */
export async function readUsage(service: ServiceProcess, client: pg.Client, earlier: number): Promise<Usage> {
  const metrics = await (await fetch(`${urlOf(service.output())}/metrics`)).text()
  const sent = await client.query<{ n: number }>(
    'select count(*)::int as n from outbox where event_id > $1',
    [earlier],
  )
  await service.stop()
  const { rows } = await client.query<Row>(
    `select xact_commit::float as transactions, (tup_returned + tup_fetched)::float as "rowsRead",
            (tup_inserted + tup_updated + tup_deleted)::float as "rowsWritten"
       from pg_stat_database where datname = current_database()`,
  )
  const [row] = rows
  if (!row) throw new Error('The database has no statistics.')
  return {
    ...row,
    jobs: sumOf(metrics, 'freshwave_job_duration_seconds_count'),
    messagesOut: sent.rows[0]?.n ?? 0,
    rssBytes: sumOf(metrics, 'process_resident_memory_bytes'),
  }
}

function urlOf(log: string): string {
  const line = log.split('\n').find((text) => text.includes('"msg":"listening"'))
  if (!line) throw new Error('The service has not logged its address.')
  return String(Reflect.get(Object(JSON.parse(line)), 'url'))
}

/** The sum over all series of a metric. */
function sumOf(metrics: string, name: string): number {
  const values = metrics
    .split('\n')
    .flatMap((line) =>
      line.startsWith(`${name}{`) || line.startsWith(`${name} `) ? line.split(' ').at(-1) : [],
    )
  return values.reduce((sum, value) => sum + Number(value), 0)
}
