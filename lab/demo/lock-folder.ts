/** Locks the data folder of a program that empties it at its start, so that two runs cannot use it at the same time. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * Locks the folder until this process ends, and empties it. The lock is an abstract socket, which has no file: the kernel
 * removes it when the process ends, even if it is killed.
 * @throws Error when another process has locked it
 */
export async function lockFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)
  const lock = createServer().unref()
  const locked = once(lock, 'listening')
  lock.listen(`\0freshwave-${name}`)
  await locked.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Another run is using ${folder}; wait until it has ended, or start this one elsewhere.`)
  })
  rmSync(folder, { recursive: true, force: true })
}
