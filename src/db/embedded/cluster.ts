/** An embedded PostgreSQL on disk: its data folder, made once, with a port and a password of its own. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { canListen, freePort } from '../../lib/loopback.ts'
import { dataFolder, dataInside, type Owner } from './binaries.ts'
import { identityOf } from './process-identity.ts'

const USER = 'freshwave'

/** As stored beside the data; `data` is where PostgreSQL keeps everything. */
export type Cluster = { port: number; password: string; data: string }

/**
 * The cluster of this folder, unless there is none yet or its data is gone. Data inside the folder is found where the folder is now,
 * wherever that was before.
 */
export function readCluster(home: string): Cluster | undefined {
  const stored = readStored(home)
  if (!stored) return undefined
  const inside = dataInside(home)
  const data = hasData(inside) ? inside : stored.data
  return hasData(data) ? { ...stored, data } : undefined
}

/**
 * The cluster of this folder, which is made when there is none (`isNew`); it gets another port where it could not have its own.
 * @throws Error when it cannot be made, or would replace data
 */
export async function openCluster(
  home: string,
  bin: string,
  owner: Owner,
): Promise<{ cluster: Cluster; isNew: boolean }> {
  const known = readCluster(home)
  if (!known) return { cluster: await createCluster(home, bin, owner), isNew: true }
  if (await hasPort(home, known)) return { cluster: known, isNew: false }
  const cluster = { ...known, port: await freePort() }
  store(home, cluster)
  return { cluster, isNew: false }
}

/** False for a copy, since the server of the original may answer at the port, and while another program has it. */
async function hasPort(home: string, cluster: Cluster): Promise<boolean> {
  if (isElsewhere(readStored(home), cluster)) return false
  const pid = serverPid(cluster)
  return (pid !== undefined && identityOf(pid) !== undefined) || canListen(cluster.port)
}

/** Whether the data is not where it was, after its folder was moved or copied. */
function isElsewhere(stored: Cluster | undefined, { data }: Cluster): boolean {
  if (!stored || stored.data === data) return false
  return !existsSync(stored.data) || realpathSync(stored.data) !== realpathSync(data)
}

/** @throws Error with the reason of initdb, or when there is data without the file that belongs to it */
async function createCluster(home: string, bin: string, owner: Owner): Promise<Cluster> {
  const data = dataFolder(home, owner)
  if (data === dataInside(home) && hasData(data)) throw withoutPassword(data, fileOf(home))
  const draft = `${data}.new` // what is left of an interrupted initdb looks like a database
  const password = randomBytes(18).toString('base64url')
  const passwordFile = join(dirname(data), `.initdb-${process.pid}`)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  try {
    for (const path of [data, draft]) rmSync(path, { recursive: true, force: true })
    mkdirSync(draft, { recursive: true, mode: 0o700 })
    if (owner.uid) for (const path of [draft, passwordFile]) chownSync(path, owner.uid, owner.gid)
    initialize(bin, owner, ['-D', draft, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`])
  } finally {
    rmSync(passwordFile, { force: true })
  }
  const cluster = { port: await freePort(), password, data }
  store(home, cluster) // first: with the file, data that is not there yet is made again
  renameSync(draft, data)
  return cluster
}

function withoutPassword(data: string, file: string): Error {
  const problem = `${data} has a database, but ${file}, which has its password, is missing`
  return new Error(`${problem}: restore that file, or move ${data} away to begin with an empty database`)
}

function readStored(home: string): Cluster | undefined {
  const file = fileOf(home)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Cluster) : undefined // written by `store` alone
}

/** The file is never incomplete, also when the disk is full. */
function store(home: string, cluster: Cluster): void {
  const draft = `${fileOf(home)}.new`
  writeFileSync(draft, JSON.stringify(cluster), { mode: 0o600 })
  renameSync(draft, fileOf(home))
}

function fileOf(home: string): string {
  return join(home, 'postgres.json')
}

function hasData(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'))
}

/** The lock that is held while the server of this folder is started or stopped. */
export function lockOf(home: string): string {
  return join(home, 'postgres.lock')
}

/** Where the server and its keeper write. */
export function logOf(home: string): string {
  return join(home, 'postgres.log')
}

/** The address of one of its databases, with the password; without TLS, which PGSSLMODE may request for other servers. */
export function urlOf(cluster: Cluster, database: string): string {
  return `postgres://${USER}:${cluster.password}@127.0.0.1:${cluster.port}/${database}?sslmode=disable`
}

/** The pid in PostgreSQL's own file; that process may have ended without removing the file. */
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
