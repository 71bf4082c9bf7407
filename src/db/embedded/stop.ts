/** Stops the embedded PostgreSQL after its last user has ended. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../client.ts'
import { type Cluster, lockOf, serverPid, urlOf } from './cluster.ts'
import { withLockFile } from './lock-file.ts'
import { identityOf, isRunning } from './process-identity.ts'
import { countUsers } from './sessions.ts'

const STOP_PATIENCE_MS = 10_000
const CHECK_MS = 20

/** Stops the server unless it has users; resolves when it has ended, true if it was stopped. Safe to repeat. */
export async function stopUnused(home: string, cluster: Cluster): Promise<boolean> {
  if (!existsSync(home)) return false
  return withLockFile(lockOf(home), async () => {
    const pid = serverPid(cluster)
    const identity = pid && identityOf(pid)
    if (!identity) return false
    const users = await withClient(urlOf(cluster, 'postgres'), countUsers).catch(() => undefined)
    if (users !== 0) return false
    await stop(pid, identity)
    return true
  })
}

/** SIGINT is PostgreSQL's fast shutdown: what is committed is on disk, remaining sessions are ended. */
async function stop(pid: number, identity: string): Promise<void> {
  process.kill(pid, 'SIGINT')
  const giveUpAt = Date.now() + STOP_PATIENCE_MS
  while (isRunning(identity) && Date.now() < giveUpAt) await sleep(CHECK_MS)
}
