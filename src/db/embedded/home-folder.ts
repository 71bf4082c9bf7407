/** Makes the folder of the embedded PostgreSQL, and says what keeps it from being made. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes the folder and those above it that are missing, one by one: the recursive call of Node reports a read-only file system as
 * a missing folder, and never returns where a file system takes no folders at all, as /proc.
 * @throws Error of the file system that names the nearest folder that exists
 */
export function makeHomeFolder(folder: string): void {
  const missing: string[] = []
  let existing = folder
  while (!existsSync(existing)) {
    missing.unshift(existing)
    existing = dirname(existing)
  }
  accessSync(existing, constants.W_OK)
  for (const path of missing) make(path)
}

function make(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return // another process was faster
    if (code !== 'ENOENT') throw error
    throw new Error(`no folders can be created in the file system of ${dirname(path)} (ENOENT)`)
  }
}
