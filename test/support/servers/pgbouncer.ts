/** Starts a private PgBouncer from the system's packages, in front of the PostgreSQL of an address. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { serverOwner } from '../../../src/db/embedded/binaries.ts'
import { freePort } from '../../../src/lib/loopback.ts'
import { eventually } from '../eventually.ts'
import { removeFolder } from './remove-folder.ts'

const SERVER = '/usr/sbin/pgbouncer'

/** Whether it is installed. */
export const hasPgBouncer = existsSync(SERVER)

/** What a session of PostgreSQL belongs to while it is used: a client, one of its transactions, or one of its statements. */
export type PoolMode = 'session' | 'transaction' | 'statement'

export type PgBouncer = {
  /** The same database through the pooler. */
  url: string
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Starts it on a free port, and waits until a statement is answered. */
export async function startPgBouncer(databaseUrl: string, mode: PoolMode): Promise<PgBouncer> {
  const owner = serverOwner() // it refuses to run as root
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-pgbouncer-'))
  const file = join(folder, 'pgbouncer.ini')
  const port = await freePort()
  await writeFile(file, settingsOf(new URL(databaseUrl), port, mode))
  if (owner.uid) for (const path of [folder, file]) await chown(path, owner.uid, owner.gid)
  const server = spawn(SERVER, [file], { ...owner, cwd: folder, stdio: 'ignore' })
  const url = new URL(databaseUrl)
  url.port = String(port)
  await eventually(() => answers(url.href), Boolean)
  return {
    url: url.href,
    async stop() {
      const exited = once(server, 'exit')
      server.kill('SIGKILL')
      await exited
      await removeFolder(folder)
    },
  }
}

function settingsOf({ hostname, port, username, password }: URL, listenPort: number, mode: PoolMode): string {
  return [
    '[databases]',
    `* = host=${hostname} port=${port} user=${username} password=${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${mode}`,
    '',
  ].join('\n')
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  try {
    await client.connect()
    return Boolean(await client.query('select 1'))
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
