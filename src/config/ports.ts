/** Checks that a process which serves the API can listen both for the API and for the metrics. */
import type { Environment } from './env.ts'

const ALL_ADDRESSES = new Set(['0.0.0.0', '::'])
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])

/** A sentence when the metrics would take the port of the API; not of processes that serve only metrics. */
export function portProblems(env: Partial<Environment>): string[] {
  const { HOST, PORT, METRICS_HOST, METRICS_PORT } = env
  if (!PORT || METRICS_PORT !== PORT || !HOST || !METRICS_HOST) return [] // port 0 is a free one each time
  return overlap(HOST, METRICS_HOST)
    ? [`METRICS_PORT: is ${PORT}, the same as PORT; a process that serves the API needs two different ports`]
    : []
}

function overlap(left: string, right: string): boolean {
  if (left === right || ALL_ADDRESSES.has(left) || ALL_ADDRESSES.has(right)) return true
  return LOOPBACK.has(left) && LOOPBACK.has(right)
}
