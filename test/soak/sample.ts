/** Samples of running processes: memory and open handles as the system counts them, and metrics of the web processes. */
import { readdirSync, readFileSync } from 'node:fs'
import type { System } from '../chaos/system.ts'
import { processorMsOf } from '../support/programs/processor-time.ts'

/** The kinds of processes of the service. */
export const KINDS = ['ingest', 'worker', 'web'] as const
export type ProcessKind = (typeof KINDS)[number]

/** One sample; numbers of a kind are sums over its processes. `processor`: cores used by all of them since the previous sample. */
export type Sample = {
  minute: number
  memoryMiB: Record<ProcessKind, number>
  handles: Record<ProcessKind, number>
  processor: number
  /** The 99th percentile of the event loop delay of the web processes since the previous sample. */
  lagMs: number
  p50Ms: number
  p99Ms: number
  /** The number of messages that have not been handled. */
  waiting: number
}

/** Memory and handles of each kind. */
export function readProcesses({ parts }: System): Pick<Sample, 'memoryMiB' | 'handles'> {
  const sumOf = (read: (pid: number) => number) =>
    Object.fromEntries(
      KINDS.map((kind) => [kind, parts[kind].reduce((sum, part) => sum + read(part.pid() ?? 0), 0)]),
    ) as Record<ProcessKind, number> // one for each kind, by construction
  return { memoryMiB: sumOf(memoryMiB), handles: sumOf(openHandles) }
}

/** Processor seconds that all processes have used so far. */
export function processorSeconds({ parts }: System): number {
  const pids = KINDS.flatMap((kind) => parts[kind].map((part) => part.pid() ?? 0))
  return processorMsOf(pids) / 1000
}

/** The maximum over the web processes; reading starts a new period. */
export async function readLagMs(webs: readonly string[]): Promise<number> {
  const delays = await Promise.all(
    webs.map(async (url) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return 1000 * Number(/^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(text)?.[1] ?? Number.NaN)
    }),
  )
  return Math.max(...delays)
}

function memoryMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function openHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
