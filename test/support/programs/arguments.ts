/** What the programs that measure share of their command lines. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** The reason in one sentence: what Node adds about positional arguments is of no use to programs without them. */
export function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/ To specify a positional argument[\s\S]*$/, '')
}

/** @throws Error when no file can be written there: a run of an hour would lose its result */
export function checkWritable(option: string, path: string): void {
  const file = resolve(path)
  if (path === '') throw new Error(`${option}: expected the path of a file.`)
  if (existsSync(file) && statSync(file).isDirectory()) throw new Error(`${option}: ${path} is a folder.`)
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK)
  } catch (error) {
    throw new Error(`${option}: ${path} cannot be written: ${problemOf(error)}`)
  }
}
