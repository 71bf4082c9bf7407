/** What processes have used of the processors, as Linux counts it: unlike time, that depends little on what else runs. */
import { readFileSync } from 'node:fs'

const TICKS_A_SECOND = 100
/** Places in `/proc/<pid>/stat` behind the name of the program: in its own code and in the system for it. */
const OWN = [11, 12]
/** The same of children that have ended, and of theirs. */
const ENDED_CHILDREN = [13, 14]

/** Milliseconds that the running process with this pid has used so far, by all its threads. */
export const processorMs = (pid: number): number => sumOf(pid, OWN)

/** The same of several processes together. */
export const processorMsOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + processorMs(pid), 0)

/** Milliseconds that ended children of this process have used. */
export const endedChildrenMs = (): number => sumOf(process.pid, ENDED_CHILDREN)

function sumOf(pid: number, places: readonly number[]): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return places.reduce((sum, place) => sum + (Number(fields[place]) * 1000) / TICKS_A_SECOND, 0)
}
