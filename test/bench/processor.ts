/** What processes have used of the processors, which Linux counts whatever else runs on the machine. */
import { readFileSync } from 'node:fs'

const TICKS_PER_S = 100

/** Milliseconds of processor time of a process since its start, of all its threads. */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_S
}

/** The same of several processes together. */
export function processorMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processorMs(pid), 0)
}
