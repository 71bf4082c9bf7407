/** The keeper of an embedded PostgreSQL: a process that stops it after its last user has ended (decision 0014). */
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createClient } from '../client.ts'
import { LOCKS } from '../locks.ts'
import { type Cluster, readCluster, urlOf } from './cluster.ts'
import { identityOf, isRunning } from './process-identity.ts'
import { countUsers, KEEPER } from './sessions.ts'
import { stopUnused } from './stop.ts'

const CHECK_MS = 1000
/** A user whose session was lost comes back within one check. */
const UNUSED_CHECKS = 3

/** Returns when the server has ended or another keeper looks after it. */
async function keep(home: string, cluster: Cluster, server: string): Promise<void> {
  while (isRunning(server)) {
    const client = createClient(urlOf(cluster, 'postgres'), KEEPER)
    try {
      await client.connect()
      if (!(await isOnly(client))) return
      await untilUnused(client)
      if (await stopUnused(home, cluster)) {
        process.stdout.write('stopped the embedded PostgreSQL: no process uses it\n')
        return
      }
    } catch {
      await sleep(CHECK_MS) // it is starting, or has ended our session
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

/** A lock of this session: the next keeper gets it when this one ends. */
async function isOnly(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    LOCKS.embeddedKeeper,
  ])
  return rows[0]?.locked ?? false
}

async function untilUnused(client: pg.Client): Promise<void> {
  for (let unused = 0; unused < UNUSED_CHECKS; ) {
    await sleep(CHECK_MS)
    unused = (await countUsers(client)) === 0 ? unused + 1 : 0
  }
}

// A signal to all processes of the service ends the users; the keeper ends after them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
const [home = '', pid = ''] = process.argv.slice(2)
const cluster = readCluster(resolve(home))
const server = identityOf(Number(pid))
if (cluster && server) await keep(resolve(home), cluster, server)
