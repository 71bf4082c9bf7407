/** The embedded PostgreSQL: started from the binaries in node_modules when no DATABASE_URL is set (decision 0003). */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { isAnswering, withClient } from '../client.ts'
import { binariesFor, type Owner, packageEntry, serverOwner } from './binaries.ts'
import { type Cluster, lockOf, logOf, openCluster, serverPid, urlOf } from './cluster.ts'
import { makeHomeFolder } from './home-folder.ts'
import { withLockFile } from './lock-file.ts'
import { holdSession, KEEPER } from './sessions.ts'
import { stopUnused } from './stop.ts'

const DATABASE = 'freshwave'
const START_PATIENCE_MS = 20_000
const KEEPER_PROGRAM = fileURLToPath(new URL('./keeper.ts', import.meta.url))

/** A server that runs at least until `close`, which stops it when it was the last user. */
export type EmbeddedPostgres = { url: string; close(): Promise<void> }

/**
 * Makes sure that a server runs for `dataDir`, and uses it until `close` or the end of this process. Safe to repeat and
 * to call from several processes: the first one starts it, the others find it. However its last user ends, the server
 * ends after it (decision 0014).
 * @throws Error that names DATA_DIR when the server cannot be started there
 */
export async function openEmbeddedPostgres(dataDir: string, log: Logger): Promise<EmbeddedPostgres> {
  const home = resolve(dataDir)
  try {
    packageEntry() // before anything is written: an image has neither the package nor a place to write to
    makeHomeFolder(home)
    return await withLockFile(lockOf(home), () => open(home, log))
  } catch (error) {
    const reason = messageOf(error).replace(/\s*\n\s*/g, ' ')
    throw new Error(`DATA_DIR: the embedded PostgreSQL in ${home} cannot be started: ${reason}`)
  }
}

async function open(home: string, log: Logger): Promise<EmbeddedPostgres> {
  const owner = serverOwner()
  const bin = binariesFor(owner)
  const { cluster, isNew } = await openCluster(home, bin, owner)
  if (isNew) log.info({ data: cluster.data }, 'embedded PostgreSQL created')
  if (!(await isAnswering(urlOf(cluster, 'postgres')))) await start({ cluster, bin, owner, home }, log)
  await prepare(cluster, home)
  const url = urlOf(cluster, DATABASE)
  const session = await holdSession(url)
  return {
    url,
    async close() {
      await session.end()
      await stopUnused(home, cluster)
    },
  }
}

/** A cluster in its home, and the binaries and the user that serve it. */
type ServerPlace = { cluster: Cluster; bin: string; owner: Owner; home: string }

/** Starts the server, with retries: after a SIGKILL of everything the old backends hold shared memory for about a second. */
async function start({ cluster, bin, owner, home }: ServerPlace, log: Logger): Promise<void> {
  const giveUpAt = Date.now() + START_PATIENCE_MS
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200']
  const options = ['-D', cluster.data, '-p', String(cluster.port), ...settings.flatMap((s) => ['-c', s])]
  while (Date.now() < giveUpAt) {
    const server = spawnDetached(home, join(bin, 'postgres'), options, owner)
    if (server.pid) startKeeper(home, server.pid)
    const hasEnded = () => server.exitCode !== null || server.signalCode !== null
    while (!hasEnded() && Date.now() < giveUpAt) {
      if (await isAnswering(urlOf(cluster, 'postgres'))) {
        log.info({ port: cluster.port, server: server.pid }, 'embedded PostgreSQL started')
        return
      }
      await sleep(50)
    }
    await sleep(300)
  }
  throw new Error(`it did not answer within ${START_PATIENCE_MS / 1000} s (${lastFault(home)})`)
}

/** Creates the database, and starts a keeper where that of a running server was killed. */
async function prepare(cluster: Cluster, home: string): Promise<void> {
  const keepers = await withClient(urlOf(cluster, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
    return client.query('select 1 from pg_stat_activity where application_name = $1', [KEEPER])
  })
  const pid = serverPid(cluster)
  if (keepers.rowCount === 0 && pid) startKeeper(home, pid)
}

function startKeeper(home: string, serverPid: number): void {
  spawnDetached(home, process.execPath, [KEEPER_PROGRAM, home, String(serverPid)], {})
}

/** Starts a program in a process group of its own, which no Ctrl-C reaches; it may outlive this process. */
function spawnDetached(home: string, program: string, args: string[], owner: Owner): ChildProcess {
  const out = openSync(logOf(home), 'a')
  const stdio: StdioOptions = ['ignore', out, out]
  const child = spawn(program, args, { ...owner, env: {}, cwd: '/', detached: true, stdio })
  closeSync(out)
  child.on('error', () => undefined)
  child.unref()
  return child
}

function lastFault(home: string): string {
  const lines = readFileSync(logOf(home), 'utf8').split('\n')
  return lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? `see ${logOf(home)}`
}
