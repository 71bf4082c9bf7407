/** A folder of data that a program empties at its start, and that no other run of it may use meanwhile. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * Takes the folder until this process ends, and empties it. The sign that it is taken is a socket without a file: the
 * system removes it with the process, however that ends.
 * @throws Error when another process has taken it
 */
export async function takeFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)
  const sign = createServer().unref()
  const isTaken = once(sign, 'listening')
  sign.listen(`\0freshwave-${name}`)
  await isTaken.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Another run is using ${folder}; wait until it has ended, or start this one elsewhere.`)
  })
  rmSync(folder, { recursive: true, force: true })
}
