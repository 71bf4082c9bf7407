/** Ends a command: its output is written first, and a failed write is an error. */
import { messageOf } from '../lib/errors.ts'
import { printableLines } from './printable.ts'

/** Exit codes; 2, as in many shell commands, means that the command could not do its work. */
export const EXIT = { satisfied: 0, unsatisfied: 1, error: 2 } as const

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
  return 'code' in error && error.code === 'EPIPE'
}
