/** Ends a command: its output is written first, and a failed write is an error. */
import { errorCode } from '../lib/error-code.ts'
import { messageOf } from '../lib/errors.ts'
import { printableLines } from './text/printable.ts'

/**
 * Exit codes. A decision ends with the first three; 2, as in many shell commands, means that the command could not do its
 * work: wrong arguments or settings. Commands that use the service end with 0 and the others.
 */
export const EXIT = {
  satisfied: 0,
  done: 0,
  unsatisfied: 1,
  refused: 1,
  error: 2,
  unreachable: 3,
  eventFailed: 4,
  unhealthy: 5,
} as const

/** Their description in the help. */
export const EXIT_CODES_TEXT = `
Exit codes of commands that use the service:
  0  done
  1  the service refused the request, does not know what it
     names, or failed
  2  wrong arguments or settings
  3  the service cannot be reached, or is not ready
  4  the event that was waited for FAILED or was CANCELED (--watch, --wait)
  5  the service is degraded or not ready (report)`

/** The text for standard output, the problem for standard error ('': none), and the exit code. */
export type Ending = { text: string; problem: string; code: number }

/** Writes the output and ends the process. */
export function end({ text, problem, code }: Ending): void {
  if (problem) writeProblem(problem)
  process.stdout.write(text, (error) => {
    if (error && !isClosedPipe(error)) fail(error)
    process.exit(code)
  })
}

/** For commands that write more than once: ends the process when the reader of its output is gone. */
export function endWithReader(): void {
  process.stdout.once('error', (error) => (isClosedPipe(error) ? process.exit(EXIT.done) : fail(error)))
}

/** Ends the process with the message of an unexpected error; a stack trace would not help the user. */
export function fail(error: unknown): never {
  writeProblem(messageOf(error))
  process.exit(EXIT.error)
}

function writeProblem(problem: string): void {
  process.stderr.write(`${printableLines(problem.trimEnd())}\n`)
}

/** The reader of a pipe may close it early, as `head` does; that is not an error. */
function isClosedPipe(error: Error): boolean {
  return errorCode(error) === 'EPIPE'
}
