/** Processor time of processes, as Linux counts it: unlike elapsed time, it depends little on other load. */
import { readFileSync } from 'node:fs'

const TICKS_A_SECOND = 100
/** Fields of `/proc/<pid>/stat` after the name of the program: user time and system time. */
const PROCESS = [11, 12]
/** The same for children that have ended, and for their children. */
const ENDED_CHILDREN = [13, 14]

/** Milliseconds that the running process with this pid has used so far, by all its threads. */
export const processorMs = (pid: number): number => sumOf(pid, PROCESS)

/** The sum over several processes. */
export const processorMsOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + processorMs(pid), 0)

/** Milliseconds that ended children of this process have used. */
export const endedChildrenMs = (): number => sumOf(process.pid, ENDED_CHILDREN)

function sumOf(pid: number, places: readonly number[]): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return places.reduce((sum, place) => sum + (Number(fields[place]) * 1000) / TICKS_A_SECOND, 0)
}
