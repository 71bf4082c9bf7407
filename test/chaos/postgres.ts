/** A separate PostgreSQL that can be killed as a whole and restarted with its data. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dataFolder, serverOwner } from '../../src/db/embedded/binaries.ts'
import { readCluster, serverPid } from '../../src/db/embedded/cluster.ts'
import { identityOf, isRunning } from '../../src/db/embedded/process-identity.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../src/db/embedded/server.ts'
import { createLog } from '../../src/lib/log.ts'
import { removeFolder } from '../support/servers/remove-folder.ts'

export type KillablePostgres = {
  url: string
  /** SIGKILL; its child processes end after it. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Starts a server that nothing else uses. */
export async function startPostgres(): Promise<KillablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-chaos-'))
  const open = () => openEmbeddedPostgres(folder, createLog('silent'))
  let server: EmbeddedPostgres = await open()
  const kill = async () => {
    const cluster = readCluster(folder)
    const pid = cluster && serverPid(cluster)
    const identity = pid && identityOf(pid)
    if (!pid || !identity) return
    process.kill(pid, 'SIGKILL')
    while (isRunning(identity)) await sleep(20)
    await server.close() // otherwise its session would reconnect next to the new one
  }
  return {
    url: server.url,
    kill,
    async start() {
      server = await open()
    },
    async stop() {
      const data = dataFolder(folder, serverOwner())
      await kill() // without its folder, the keeper could not stop it
      for (const path of [data, folder]) await removeFolder(path)
    },
  }
}
