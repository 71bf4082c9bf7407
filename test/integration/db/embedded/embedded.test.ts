/** The embedded PostgreSQL: started by whoever comes first, found by the others, and mended after a SIGKILL. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ensureEmbeddedPostgres, stopIfLast } from '../../../../src/db/embedded/server.ts'
import { createLog } from '../../../../src/lib/log.ts'

const log = createLog('silent')
const folders: string[] = []
const newFolder = (mode = 0o755) => {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-embedded-'))
  chmodSync(folder, mode)
  folders.push(folder)
  return folder
}
const cluster = (folder: string) => JSON.parse(readFileSync(join(folder, 'postgres.json'), 'utf8'))
const pidOf = (folder: string) =>
  Number(readFileSync(join(cluster(folder).data, 'postmaster.pid'), 'utf8').split('\n')[0])
const isAlive = (pid: number) => spawnSync('kill', ['-0', String(pid)]).status === 0

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows[0]
}

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    const pid = pidOf(folder)
    await stopIfLast(folder)
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 20_000 })
    rmSync(cluster(folder).data, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('the embedded server', () => {
  it('starts in an empty folder and asks for its password', async () => {
    const folder = newFolder()
    const url = await ensureEmbeddedPostgres(folder, log)
    expect(await ask(url, 'select 1 as one')).toEqual({ one: 1 })
    await expect(ask(url.replace(/:[^:@/]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/)
    expect(statSync(join(folder, 'postgres.json')).mode & 0o077).toBe(0)
  })

  it('is one for all who ask at once', async () => {
    const folder = newFolder()
    const urls = await Promise.all([1, 2, 3].map(() => ensureEmbeddedPostgres(folder, log)))
    expect(new Set(urls).size).toBe(1)
  })

  it('starts also where its own user may not enter', async () => {
    const home = newFolder(0o700)
    const folder = join(home, 'inside')
    mkdirSync(folder)
    folders.splice(0, folders.length, folder)
    const url = await ensureEmbeddedPostgres(folder, log)
    expect(await ask(url, 'select 1 as one')).toEqual({ one: 1 })
  })

  it('keeps what it has through a SIGKILL', async () => {
    const folder = newFolder()
    const url = await ensureEmbeddedPostgres(folder, log)
    await ask(url, 'create table kept as select 42 as answer')
    await ask(url, 'checkpoint')
    const pid = pidOf(folder)
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
    expect(await ensureEmbeddedPostgres(folder, log)).toBe(url)
    expect(await ask(url, 'select answer from kept')).toEqual({ answer: 42 })
  })

  it('stays for others when one leaves, and goes with the last', async () => {
    const folder = newFolder()
    const url = await ensureEmbeddedPostgres(folder, log)
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    await stopIfLast(folder)
    expect((await other.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await other.end()
  })
})
