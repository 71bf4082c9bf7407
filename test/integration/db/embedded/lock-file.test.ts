/** The lock between processes: one holder at a time, and none that has ended. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { withLockFile } from '../../../../src/db/embedded/lock-file.ts'
import { identityOf, isRunning } from '../../../../src/db/embedded/process-identity.ts'

let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshwave-lock-'))
  lock = join(folder, 'the.lock')
  return () => rmSync(folder, { recursive: true })
})

/** The pid of a process that has just ended. */
const endedPid = () => spawnSync(process.execPath, ['-e', '']).pid

describe('the lock', () => {
  it('has one holder at a time, and leaves no file behind', async () => {
    let holders = 0
    let max = 0
    const work = async () => {
      holders += 1
      max = Math.max(max, holders)
      await nextTurn()
      holders -= 1
    }
    await Promise.all(Array.from({ length: 5 }, () => withLockFile(lock, work)))
    expect(max).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })

  it('is given back when the work fails', async () => {
    const work = () => Promise.reject(new Error('broken'))
    await expect(withLockFile(lock, work)).rejects.toThrow('broken')
    expect(existsSync(lock)).toBe(false)
  })

  it.each([
    ['has ended', () => `${endedPid()}.1`],
    ['had a pid that another process has now', () => `${process.pid}.1`],
    ['was of an earlier version', () => String(endedPid())],
  ])('is taken from a holder that %s', async (_, holder) => {
    writeFileSync(lock, holder())
    expect(await withLockFile(lock, async () => 'done')).toBe('done')
    expect(readdirSync(folder)).toEqual([])
  })

  it('stays where it is while another process looks whether its holder has ended', async () => {
    const ended = `${endedPid()}.1`
    const running = identityOf(process.pid) ?? ''
    writeFileSync(lock, ended)
    writeFileSync(`${lock}.clearing`, running)
    const taken = withLockFile(lock, async () => readdirSync(folder))
    expect(readFileSync(lock, 'utf8')).toBe(ended)
    writeFileSync(lock, running) // the other process has got it
    rmSync(`${lock}.clearing`)
    rmSync(lock)
    expect(await taken).toEqual(['the.lock'])
    expect(readdirSync(folder)).toEqual([])
  })

  it('is also taken when a process was killed while it removed the lock of another one', async () => {
    for (const name of [lock, `${lock}.clearing`, `${lock}.clearing.clearing`])
      writeFileSync(name, `${endedPid()}.1`)
    expect(await withLockFile(lock, async () => 'done')).toBe('done')
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not waited for where no file can be made', async () => {
    const nowhere = join(folder, 'missing', 'the.lock')
    await expect(withLockFile(nowhere, async () => 'done')).rejects.toThrow(/ENOENT/)
  })
})

describe('the identity of a process', () => {
  it('stays the same while it runs', () => {
    const own = identityOf(process.pid) ?? ''
    expect(own).toMatch(new RegExp(`^${process.pid}\\.\\d+$`))
    expect(isRunning(own)).toBe(true)
  })

  it('does not exist once it has ended', () => {
    const pid = endedPid()
    expect(identityOf(pid)).toBeUndefined()
    expect(isRunning(`${pid}.1`)).toBe(false)
  })
})
