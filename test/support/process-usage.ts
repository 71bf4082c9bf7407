/** What Linux says a running process uses. */
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_A_SECOND = 100
const USED_TIME = { user: 11, system: 12 }

/** Processor time since the start of the process, whatever else the machine does. @throws when it has ended */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[USED_TIME.user]) + Number(fields[USED_TIME.system])) * 1000) / TICKS_A_SECOND
}

/** Resident memory. @throws when the process has ended */
export function memoryMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** The number of open file descriptors: files, sockets, pipes. @throws when the process has ended */
export function openHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
