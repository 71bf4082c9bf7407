/** Sessions on the embedded PostgreSQL. They show who uses it: the system ends them with their process, however it ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createClient } from '../client.ts'

const RECONNECT_MS = 500

/** The name under which the keeper's session is listed (keeper.ts). */
export const KEEPER = 'freshwave keeper'

/** The number of client sessions besides that of `client` and the keeper's. */
export async function countUsers(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ users: number }>(
    `select count(*)::int as users from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> $1`,
    [KEEPER],
  )
  return rows[0]?.users ?? 0
}

/** A session that lasts as long as this process, unless it is ended before. */
export type HeldSession = { end(): Promise<void> }

/**
 * Marks this process as a user of the server: its pools may close all their connections while it idles. Comes back when
 * it is lost; does not keep the process alive.
 */
export async function holdSession(url: string): Promise<HeldSession> {
  const stop = new AbortController()
  const connect = async () => {
    const client = createClient(url)
    await client.connect()
    setKeepsAlive(client, false)
    client.once('end', () => {
      returning = comeBack()
    })
    return client
  }
  let returning: Promise<void> | undefined
  let held = await connect()
  const comeBack = async () => {
    while (!stop.signal.aborted) {
      await sleep(RECONNECT_MS, undefined, { ref: false, signal: stop.signal }).catch(() => undefined)
      if (stop.signal.aborted) return
      const client = await connect().catch(() => undefined)
      if (client) {
        held = client
        return
      }
    }
  }
  return {
    async end() {
      stop.abort()
      await returning // a session that comes back meanwhile has to end too
      setKeepsAlive(held, true) // or the process may end before the session has
      await held.end()
    },
  }
}

/** Sets whether an open connection keeps the process alive. */
function setKeepsAlive(client: pg.Client, value: boolean): void {
  const { ref, unref } = client as unknown as Record<'ref' | 'unref', () => void> // missing in the types of pg
  Reflect.apply(value ? ref : unref, client, [])
}
