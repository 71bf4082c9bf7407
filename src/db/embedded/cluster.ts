/** An embedded PostgreSQL on disk: its data folder, made once, with a port and a password of its own. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort } from '../../lib/loopback.ts'
import { dataFolder, type Owner } from './binaries.ts'

const USER = 'freshwave'

/** As stored beside the data; `data` is where PostgreSQL keeps everything. */
export type Cluster = { port: number; password: string; data: string }

/** The cluster of this folder, unless there is none yet or its data is gone. */
export function readCluster(home: string): Cluster | undefined {
  const file = join(home, 'postgres.json')
  if (!existsSync(file)) return undefined
  const cluster = JSON.parse(readFileSync(file, 'utf8')) as Cluster // written by createCluster alone
  return existsSync(join(cluster.data, 'PG_VERSION')) ? cluster : undefined
}

/** Makes a new one in place of whatever data there was. @throws Error with the reason of initdb */
export async function createCluster(home: string, bin: string, owner: Owner): Promise<Cluster> {
  const data = dataFolder(home, owner)
  const password = randomBytes(18).toString('base64url')
  const passwordFile = join(dirname(data), `.initdb-${process.pid}`)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  try {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { recursive: true, mode: 0o700 })
    if (owner.uid) for (const path of [data, passwordFile]) chownSync(path, owner.uid, owner.gid)
    initialize(bin, owner, ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`])
  } finally {
    rmSync(passwordFile, { force: true })
  }
  const cluster = { port: await freePort(), password, data }
  writeFileSync(join(home, 'postgres.json'), JSON.stringify(cluster), { mode: 0o600 })
  return cluster
}

/** The lock that is held while the server of this folder is started or stopped. */
export function lockOf(home: string): string {
  return join(home, 'postgres.lock')
}

/** Where the server and its keeper write. */
export function logOf(home: string): string {
  return join(home, 'postgres.log')
}

/** The address of one of its databases, with the password. */
export function urlOf(cluster: Cluster, database: string): string {
  return `postgres://${USER}:${cluster.password}@127.0.0.1:${cluster.port}/${database}`
}

/** The process that PostgreSQL says serves this data; it may have ended without removing its file. */
export function serverPid({ data }: Cluster): number | undefined {
  const file = join(data, 'postmaster.pid')
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 0
  return pid > 1 ? pid : undefined
}

function initialize(bin: string, owner: Owner, options: string[]): void {
  const args = [...options, '-E', 'UTF8', '--locale=C', '--no-sync']
  const { status, stderr, error } = spawnSync(join(bin, 'initdb'), args, {
    ...owner,
    cwd: '/',
    encoding: 'utf8',
  })
  if (status === 0) return
  const reason = error?.message ?? stderr.match(/error: .*/g)?.join('; ') ?? stderr.trim()
  throw new Error(`initdb failed: ${reason}`)
}
