/** A lock between processes of one machine: a file that names its holder. */
import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../../lib/error-code.ts'
import { identityOf, isRunning } from './process-identity.ts'

const RETRY_MS = 100

/**
 * Runs `work` while holding the file `lock`; waits for a holder that runs, takes over from one that has ended.
 * @throws Error of the file system when its folder cannot be written to
 */
export async function withLockFile<T>(lock: string, work: () => Promise<T>): Promise<T> {
  while (!acquire(lock)) {
    const holder = read(lock)
    if (holder === undefined) continue
    if (isRunning(holder)) await sleep(RETRY_MS)
    else await clear(lock, holder)
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Links a complete file into place: one that is written in place is empty for a moment and seems to have no holder. */
function acquire(lock: string): boolean {
  const draft = draftOf(lock)
  try {
    writeFileSync(draft, identityOf(process.pid) ?? '')
    return isDone(() => linkSync(draft, lock), 'EEXIST')
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Removes the lock of a holder that has ended, one process at a time: a slower one must not remove what a faster one got, nor move it
 * away for a moment, in which a third one would get it too.
 */
async function clear(lock: string, holder: string): Promise<void> {
  await withLockFile(`${lock}.clearing`, async () => {
    if (read(lock) === holder) rmSync(lock, { force: true })
  })
}

function read(file: string): string | undefined {
  let text: string | undefined
  isDone(() => {
    text = readFileSync(file, 'utf8')
  }, 'ENOENT')
  return text
}

/** False when `act` fails with this code, as it does when another process was faster. */
function isDone(act: () => void, code: string): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (errorCode(error) === code) return false
    throw error
  }
}

function draftOf(lock: string): string {
  return `${lock}.${randomUUID()}`
}
