/** Runs `freshwave` as a shell does: as a process with an exit code and output. */
import { type ChildProcess, execFile } from 'node:child_process'
import { constants } from 'node:os'

/** The exit code and the output. */
export type Run = { code: number; out: string; err: string }

/** The environment and the command; `program` is the command line before the arguments. */
export type RunOptions = { env?: Record<string, string>; cwd?: string; program?: readonly string[] }

const FRESHWAVE = [process.execPath, 'bin/freshwave.mjs']

/** Starts a command with `PATH` and `env` as its whole environment; `ended` never rejects. */
export function startCommand(
  args: readonly string[],
  { env = {}, cwd, program = FRESHWAVE }: RunOptions = {},
): { child: ChildProcess; ended: Promise<Run> } {
  const { promise: ended, resolve } = Promise.withResolvers<Run>()
  const environment = { PATH: process.env['PATH'], ...env }
  const options = { env: environment, cwd, maxBuffer: 100_000_000 }
  const [file = '', ...before] = program
  const child = execFile(file, [...before, ...args], options, (_error, out, err) =>
    resolve({ code: codeOf(child), out, err }),
  )
  return { child, ended }
}

/** Runs the command to its end. */
export function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return startCommand(args, options).ended
}

/** The exit code as a shell reports it: 128 plus the number of the signal, if a signal ended the program. */
function codeOf({ exitCode, signalCode }: ChildProcess): number {
  return exitCode ?? (signalCode ? 128 + constants.signals[signalCode] : -1)
}
