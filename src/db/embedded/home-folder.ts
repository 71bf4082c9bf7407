/** Makes the folder of the embedded PostgreSQL, and reports what keeps it from being made. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errorCode } from '../../lib/error-code.ts'
import { messageOf } from '../../lib/errors.ts'

/**
 * Makes the folder and those above it that are missing, one by one: the recursive call of Node reports a read-only file system as
 * a missing folder, and never returns where a file system takes no folders at all, as /proc.
 * @throws Error of the file system that names the nearest folder that exists
 */
export function makeHomeFolder(folder: string): void {
  const { existing, missing } = split(folder)
  accessSync(existing, constants.W_OK)
  for (const path of missing) make(path)
}

/** What keeps the folder from being made or written to, as far as that shows without trying it; undefined: nothing. */
export function homeFolderProblem(folder: string): string | undefined {
  const { existing } = split(resolve(folder))
  try {
    accessSync(existing, constants.W_OK)
    return statSync(existing).isDirectory() ? undefined : `${existing} is not a folder`
  } catch (error) {
    return messageOf(error)
  }
}

function split(folder: string): { existing: string; missing: string[] } {
  const missing: string[] = []
  let existing = folder
  while (!existsSync(existing)) {
    missing.unshift(existing)
    existing = dirname(existing)
  }
  return { existing, missing }
}

function make(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return // another process was faster
    if (code !== 'ENOENT') throw error
    throw new Error(`no folders can be created in the file system of ${dirname(path)} (ENOENT)`)
  }
}
