/** What the command lines of bench, chaos and soak have in common. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { messageOf } from '../../../src/lib/errors.ts'

/** The reason in one sentence, without Node's advice on positional arguments, which these programs do not have. */
export function problemOf(error: unknown): string {
  return messageOf(error).replace(/ To specify a positional argument[\s\S]*$/, '')
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

/** Reads the command line; ends the process with exit code 2 and the reason when it is wrong. */
export function readOrExit<T>(read: (args: readonly string[]) => T): T {
  try {
    return read(process.argv.slice(2))
  } catch (error) {
    console.error(messageOf(error))
    process.exit(2)
  }
}
