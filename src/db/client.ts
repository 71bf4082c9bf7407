/** Single connections to PostgreSQL, for what the pool of the ORM is not meant for. */
import type pg from 'pg'
import { WatchedClient } from '../lib/stores/watched-client.ts'

const CONNECT_PATIENCE_MS = 5000

/** A client that reports a lost or silent connection to running queries only, and does not end the process. */
export function createClient(url: string, name = 'freshwave'): pg.Client {
  return new WatchedClient({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
  })
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = createClient(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Whether the server takes queries. */
export function isAnswering(url: string): Promise<boolean> {
  return withClient(url, async (client) => Boolean(await client.query('select 1'))).catch(() => false)
}
