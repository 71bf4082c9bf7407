/** Runs `freshwave` as a shell does: a process of its own, of which only exit code and output are known. */
import { type ChildProcess, execFile } from 'node:child_process'
import { constants } from 'node:os'

/** What came of it. */
export type Run = { code: number; out: string; err: string }

/** Where and as what it runs; `program` is all of the command before the arguments. */
export type RunOptions = { env?: Record<string, string>; cwd?: string; program?: readonly string[] }

const FRESHWAVE = [process.execPath, 'bin/freshwave.mjs']

/** Starts it with no more in its environment than `PATH` and what `env` says; `ended` never fails. */
export function startCommand(
  args: readonly string[],
  { env = {}, cwd, program = FRESHWAVE }: RunOptions = {},
): { child: ChildProcess; ended: Promise<Run> } {
  const { promise: ended, resolve } = Promise.withResolvers<Run>()
  const all = { PATH: process.env['PATH'], ...env }
  const options = { env: all, cwd, maxBuffer: 100_000_000 }
  const [file = '', ...before] = program
  const child = execFile(file, [...before, ...args], options, (_error, out, err) =>
    resolve({ code: codeOf(child), out, err }),
  )
  return { child, ended }
}

/** The same, when it has ended. */
export function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return startCommand(args, options).ended
}

/** As a shell reports it: a program that a signal ended has 128 and the number of the signal. */
function codeOf({ exitCode, signalCode }: ChildProcess): number {
  return exitCode ?? (signalCode ? 128 + constants.signals[signalCode] : -1)
}
