/** Fixtures for tests of the intake: a context whose database connection can be cut, inbox contents, counters. */
import type { Context } from '../../../src/context.ts'
import { readCounters } from '../../../src/db/counts/metric-counters.ts'
import { startIngest } from '../../../src/ingest/main.ts'
import type { CounterKey } from '../../../src/lib/metrics/counters.ts'
import { createTestContext, type TestContext } from '../context.ts'
import { createDatabase, dropDatabase } from '../database/database.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

export type InboxState = 'new' | 'done' | 'ignored' | 'failed'

export type IngestWorld = {
  ctx: TestContext
  /** The connection between `ctx` and its database. */
  line: TcpProxy
  /** Starts the ingest door; everything started is stopped by `close`. */
  start(): Promise<{ stop(): Promise<void> }>
  /** Stops everything started; each first stores and accepts its current messages. */
  stop(): Promise<void>
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>
  count(state?: InboxState): Promise<number>
  /** How many deliveries have arrived, also while the connection is cut. */
  received(): Promise<number>
  close(): Promise<void>
}

/** @param env AMQP and other settings; `file` is the text of a settings file */
export async function openIngestWorld(env: Record<string, string>, file = ''): Promise<IngestWorld> {
  const url = await createDatabase()
  const line = await startTcpProxy(new URL(url))
  const proxied = new URL(url)
  proxied.port = String(line.port)
  const ctx = await createTestContext({ ...env, DATABASE_URL: proxied.href }, file)
  // A second context, whose connection is never cut.
  const observer = await createTestContext({ DATABASE_URL: url })
  const started: { stop(): Promise<void> }[] = []
  const rows = <T>(sql: string) => observer.db.fork().execute<T[]>(sql)
  return {
    ctx,
    line,
    async start() {
      const ingest = await startIngest(ctx)
      started.push(ingest)
      return ingest
    },
    async stop() {
      for (const ingest of started.splice(0)) await ingest.stop()
    },
    rows,
    async count(state) {
      const where = state ? `where state = '${state}'` : ''
      const [row] = await rows<{ n: number }>(`select count(*)::int as n from inbox ${where}`)
      return row?.n ?? 0
    },
    received: () => readCounter({ db: observer.db, metrics: ctx.metrics }, 'messaging_rx'),
    async close() {
      line.restore()
      for (const ingest of started) await ingest.stop()
      await ctx.close()
      await observer.close()
      await line.stop()
      await dropDatabase(url)
    },
  }
}

/** The value of a counter over all processes of the database, flushed to it or still in memory. */
export async function readCounter(ctx: Pick<Context, 'db' | 'metrics'>, key: CounterKey): Promise<number> {
  return (await readCounters(ctx)).get(key)?.value ?? 0
}
