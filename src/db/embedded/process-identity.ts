/** Identifies processes of this machine beyond their end: the system reuses a pid, never pid and start time together. */
import { readFileSync } from 'node:fs'

/** Places in `/proc/<pid>/stat` behind the name of the program: its state, and when it was started. */
const STATE = 0
const STARTED = 19
const ENDED = ['Z', 'X']

/** The same text as long as the process runs; undefined when it has ended, even if its parent has not read the exit code. */
export function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in brackets and may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return ENDED.includes(fields[STATE] ?? '') ? undefined : `${pid}.${fields[STARTED]}`
  } catch {
    return undefined
  }
}

/** Whether the process of this identity still runs. */
export function isRunning(identity: string): boolean {
  return identityOf(Number.parseInt(identity, 10)) === identity
}
