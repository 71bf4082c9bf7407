/** The embedded PostgreSQL: the first user starts it, the others find it, and it ends after the last one. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readCluster, serverPid } from '../../../../src/db/embedded/cluster.ts'
import { identityOf } from '../../../../src/db/embedded/process-identity.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../../../src/db/embedded/server.ts'
import { createLog } from '../../../../src/lib/log.ts'
import { keepersOf, serversOf, untilUsersCounted } from '../../../support/database/embedded.ts'

const log = createLog('silent')
const folders: string[] = []
const opened: EmbeddedPostgres[] = []
const newFolder = (mode = 0o755) => {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-embedded-'))
  chmodSync(folder, mode)
  folders.push(folder)
  return folder
}
const open = async (folder: string) => {
  const server = await openEmbeddedPostgres(folder, log)
  opened.push(server)
  return server
}
const until = (check: () => void) => vi.waitFor(check, { timeout: 220_000, interval: 50 })
const untilGone = (folder: string) => until(() => expect(serversOf(folder)).toEqual([]))

/** Kills repeatedly, because a server that is being killed may have started one more process. */
const untilKilled = (folder: string) =>
  until(() => {
    const pids = serversOf(folder)
    for (const pid of pids) kill(pid)
    expect(pids).toEqual([])
  })

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended since
  }
}

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows[0]
}

/** A process that uses the server of `folder` until it is ended. */
async function userProcess(folder: string): Promise<ChildProcess> {
  const script = `
    const { openEmbeddedPostgres } = await import('${resolve('src/db/embedded/server.ts')}')
    const { createLog } = await import('${resolve('src/lib/log.ts')}')
    await openEmbeddedPostgres('${folder}', createLog('silent'))
    console.log('open')
    setInterval(() => undefined, 1e9)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
  for (const folder of folders.splice(0)) {
    await untilGone(folder)
    rmSync(readCluster(folder)?.data ?? folder, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('the embedded server', () => {
  it('starts in an empty folder and requires its password', async () => {
    const folder = newFolder()
    const { url } = await open(folder)
    expect(await query(url, 'select 1 as one')).toEqual({ one: 1 })
    await expect(query(url.replace(/:[^:@/]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/)
    expect(statSync(join(folder, 'postgres.json')).mode & 0o077).toBe(0)
  })

  it('is the same for all that open it at once', async () => {
    const folder = newFolder()
    const servers = await Promise.all([1, 2, 3].map(() => open(folder)))
    expect(new Set(servers.map(({ url }) => url)).size).toBe(1)
    expect(serversOf(folder)).toHaveLength(1)
  })

  it('also starts where the system user of the server may not enter', async () => {
    const home = newFolder(0o700)
    const folder = join(home, 'inside')
    mkdirSync(folder)
    folders.splice(0, folders.length, folder)
    const { url } = await open(folder)
    expect(await query(url, 'select 1 as one')).toEqual({ one: 1 })
  })

  it('keeps its rows through a SIGKILL', async () => {
    const folder = newFolder()
    const { url } = await open(folder)
    await query(url, 'create table kept as select 42 as answer')
    await query(url, 'checkpoint')
    await untilKilled(folder)
    expect((await open(folder)).url).toBe(url)
    expect(await query(url, 'select answer from kept')).toEqual({ answer: 42 })
  })
})

it('is reached without TLS, also where the environment requests it for other servers', async () => {
  vi.stubEnv('PGSSLMODE', 'require')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { url } = await open(newFolder())
  expect(await query(url, 'select 42 as answer')).toEqual({ answer: 42 })
})

describe('a folder that was moved or copied', () => {
  /** A folder inside another one, with a table in its database. */
  const filled = async () => {
    const parent = newFolder()
    const places = { first: join(parent, 'first'), second: join(parent, 'second') }
    folders.push(places.first, places.second)
    const { url, close } = await open(places.first)
    await query(url, 'create table kept as select 42 as answer')
    await close()
    await untilGone(places.first)
    return { ...places, url }
  }

  it('keeps its rows when it was moved', async () => {
    const { first, second } = await filled()
    renameSync(first, second)
    const { url } = await open(second)
    expect(await query(url, 'select answer from kept')).toEqual({ answer: 42 })
    expect(readCluster(second)?.data).toBe(join(second, 'postgres'))
  })

  it('is another database when it was copied', async () => {
    const { first, second } = await filled()
    execFileSync('cp', ['-a', first, second])
    const [original, copy] = [await open(first), await open(second)]
    await query(copy.url, 'drop table kept')
    expect(await query(original.url, 'select answer from kept')).toEqual({ answer: 42 })
    expect(serversOf(second)).toHaveLength(1)
  })

  it('is the same under another name', async () => {
    const { first, second, url } = await filled()
    symlinkSync(first, second)
    expect((await open(second)).url).toBe(url)
    expect((await open(first)).url).toBe(url)
  })
})

describe('the port', () => {
  it('changes when a program has taken it while no server ran', async () => {
    const folder = newFolder()
    const { url, close } = await open(folder)
    await query(url, 'create table kept as select 42 as answer')
    await close()
    await untilGone(folder)
    const other = createServer().listen(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const again = await open(folder)
    expect(again.url).not.toBe(url)
    expect(await query(again.url, 'select answer from kept')).toEqual({ answer: 42 })
    expect((await open(folder)).url).toBe(again.url)
  })
})

describe('a database without the file that has its password', () => {
  it('is not erased', async () => {
    const folder = newFolder()
    const { url, close } = await open(folder)
    await query(url, 'create table kept as select 42 as answer')
    await close()
    await untilGone(folder)
    const file = join(folder, 'postgres.json')
    renameSync(file, `${file}.away`)
    await expect(open(folder)).rejects.toThrow(/postgres has a database, but .*postgres\.json.* is missing/)
    renameSync(`${file}.away`, file)
    expect(await query((await open(folder)).url, 'select answer from kept')).toEqual({ answer: 42 })
  })
})

describe('the end of its users', () => {
  it('leaves it to the others until the last one closes it', async () => {
    const folder = newFolder()
    const first = await open(folder)
    const second = await open(folder)
    await first.close()
    expect(await query(second.url, 'select 1 as one')).toEqual({ one: 1 })
    await second.close()
    await untilGone(folder)
  })

  it('counts sessions of every client, such as psql', async () => {
    const folder = newFolder()
    const { url, close } = await open(folder)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await close()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await client.end()
    await untilGone(folder)
  })

  it('stops it when the last one was killed, and its keeper ends too', async () => {
    const folder = newFolder()
    const users = await Promise.all([userProcess(folder), userProcess(folder)])
    users[0]?.kill('SIGKILL')
    await untilUsersCounted(folder, 5)
    expect(serversOf(folder)).toHaveLength(1)
    users[1]?.kill('SIGKILL')
    await untilGone(folder)
    await until(() => expect(keepersOf(folder)).toEqual([]))
  })

  it('does not stop it while a user idles, or loses its session for a moment', async () => {
    const folder = newFolder()
    const { url } = await open(folder)
    const lose = `select pg_terminate_backend(pid) from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`
    await query(url, lose)
    await untilUsersCounted(folder, 5)
    expect(serversOf(folder)).toHaveLength(1)
    expect(keepersOf(folder)).toHaveLength(1)
  })
})

describe('the keeper', () => {
  it('is replaced when it was killed', async () => {
    const folder = newFolder()
    await open(folder)
    await until(() => expect(keepersOf(folder)).toHaveLength(1))
    const [killed = 0] = keepersOf(folder)
    process.kill(killed, 'SIGKILL')
    await until(() => expect(keepersOf(folder)).toEqual([]))
    await open(folder)
    await until(() => expect(keepersOf(folder)).toHaveLength(1))
  })

  it('is not ended by what ends all processes of the service', async () => {
    const folder = newFolder()
    await open(folder)
    await until(() => expect(keepersOf(folder)).toHaveLength(1))
    const [keeper = 0] = keepersOf(folder)
    const identity = identityOf(keeper)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(keeper, signal)
    const cluster = readCluster(folder)
    expect(cluster && serverPid(cluster)).toBe(serversOf(folder)[0])
    await opened.pop()?.close()
    await until(() => expect(identityOf(keeper)).not.toBe(identity))
  })
})
