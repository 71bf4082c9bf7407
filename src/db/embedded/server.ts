/** The embedded PostgreSQL: started from the binaries in node_modules when no DATABASE_URL is set (decision 0003). */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../../lib/log.ts'
import { freePort } from '../../lib/loopback.ts'
import { binariesFor, dataFolder, type Owner, serverOwner } from './binaries.ts'
import { withLockFile } from './lock-file.ts'

const DATABASE = 'freshwave'
const USER = 'freshwave'
const START_PATIENCE_MS = 20_000

type Cluster = { port: number; password: string; data: string }

/**
 * Makes sure a server runs for `dataDir` and returns its URL. Safe to repeat and to call from several processes:
 * the first one starts it, the others find it. It outlives the process that started it; see `stopIfLast`.
 */
export async function ensureEmbeddedPostgres(dataDir: string, log: Logger): Promise<string> {
  const home = resolve(dataDir)
  mkdirSync(home, { recursive: true })
  return withLockFile(join(home, 'postgres.lock'), async () => {
    const owner = serverOwner()
    const bin = binariesFor(owner)
    const cluster = readCluster(home) ?? (await createCluster(home, bin, owner, log))
    const url = urlOf(cluster, DATABASE)
    if (!(await answers(urlOf(cluster, 'postgres')))) await startServer(cluster, bin, owner, home, log)
    await createDatabase(cluster)
    return url
  })
}

/** Stops the server of `dataDir` when no other session of this service is connected any more. */
export async function stopIfLast(dataDir: string): Promise<void> {
  const cluster = readCluster(resolve(dataDir))
  if (!cluster) return
  const others = await countSessions(cluster).catch(() => undefined)
  if (others !== 0) return
  const pid = Number(readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n')[0])
  if (pid > 1) process.kill(pid, 'SIGINT')
}

async function createCluster(home: string, bin: string, owner: Owner, log: Logger): Promise<Cluster> {
  const data = dataFolder(home, owner)
  const password = randomBytes(18).toString('base64url')
  const passwordFile = join(dirname(data), `.initdb-${process.pid}`)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  try {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { recursive: true, mode: 0o700 })
    if (owner.uid) for (const path of [data, passwordFile]) chownSync(path, owner.uid, owner.gid)
    const options = ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    const made = spawnSync(join(bin, 'initdb'), [...options, '-E', 'UTF8', '--locale=C', '--no-sync'], {
      ...owner,
      cwd: '/',
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  const cluster = { port: await freePort(), password, data }
  writeFileSync(join(home, 'postgres.json'), JSON.stringify(cluster), { mode: 0o600 })
  log.info({ data }, 'embedded PostgreSQL created')
  return cluster
}

/** After a SIGKILL of everything the old backends hold shared memory for about a second, hence the retries. */
async function startServer(
  cluster: Cluster,
  bin: string,
  owner: Owner,
  home: string,
  log: Logger,
): Promise<void> {
  const giveUpAt = Date.now() + START_PATIENCE_MS
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200']
  const options = ['-D', cluster.data, '-p', String(cluster.port), ...settings.flatMap((s) => ['-c', s])]
  const logFile = join(home, 'postgres.log')
  while (Date.now() < giveUpAt) {
    const out = openSync(logFile, 'a')
    const server = spawn(join(bin, 'postgres'), options, {
      ...owner,
      cwd: '/',
      detached: true,
      stdio: ['ignore', out, out],
    })
    closeSync(out)
    server.on('error', () => undefined)
    server.unref()
    while (server.exitCode === null && Date.now() < giveUpAt) {
      if (await answers(urlOf(cluster, 'postgres'))) {
        log.info({ port: cluster.port }, 'embedded PostgreSQL started')
        return
      }
      await sleep(50)
    }
    await sleep(300)
  }
  throw new Error(`The embedded PostgreSQL did not start; see ${logFile}`)
}

async function createDatabase(cluster: Cluster): Promise<void> {
  await query(urlOf(cluster, 'postgres'), async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`)
  })
}

async function countSessions(cluster: Cluster): Promise<number> {
  return query(urlOf(cluster, 'postgres'), async (client) => {
    const sql =
      "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    const { rows } = await client.query<{ n: number }>(sql)
    return rows[0]?.n ?? 0
  })
}

async function query<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const answers = (url: string): Promise<boolean> =>
  query(url, async (client) => Boolean(await client.query('select 1'))).catch(() => false)

function urlOf(cluster: Cluster, database: string): string {
  return `postgres://${USER}:${cluster.password}@127.0.0.1:${cluster.port}/${database}`
}

function readCluster(home: string): Cluster | undefined {
  const file = join(home, 'postgres.json')
  if (!existsSync(file)) return undefined
  const cluster = JSON.parse(readFileSync(file, 'utf8')) as Cluster // written by createCluster alone
  return existsSync(join(cluster.data, 'PG_VERSION')) ? cluster : undefined
}
