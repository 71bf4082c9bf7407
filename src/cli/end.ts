/** How a command ends: all that it has to say is written first, and what cannot be written is an error. */
import { messageOf } from '../lib/errors.ts'
import { printableLines } from './printable.ts'

/** Exit codes; the shell's own for a command that could not do its work is 2 here. */
export const EXIT = { satisfied: 0, unsatisfied: 1, error: 2 } as const

/** What goes to standard output, what to standard error ('': nothing), and the exit code. */
export type Ending = { text: string; problem: string; code: number }

/** Writes, and ends the process. */
export function end({ text, problem, code }: Ending): void {
  if (problem) tell(problem)
  process.stdout.write(text, (error) => {
    if (error && !isClosedPipe(error)) fail(error)
    process.exit(code)
  })
}

/** Ends the process with the message of something unforeseen; a stack would tell its user nothing. */
export function fail(error: unknown): never {
  tell(messageOf(error))
  process.exit(EXIT.error)
}

function tell(problem: string): void {
  process.stderr.write(`${printableLines(problem.trimEnd())}\n`)
}

/** The reader of a pipe may close it, as `head` does. */
function isClosedPipe(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE'
}
