/** Koji's faults: their numbers, and whether a retry can help (behaviour/koji 8). */
import { XmlRpcFault } from '../../../lib/xmlrpc/index.ts'

/** A call that the hub understood and refused; `code` is a number below or any other of Koji's. */
export { XmlRpcFault as KojiFault } from '../../../lib/xmlrpc/index.ts'

/** The faults that this program distinguishes. */
export const FAULT = {
  generic: 1000,
  auth: 1002,
  notAllowed: 1004,
  build: 1005,
  authExpired: 1007,
  sequence: 1008,
  retry: 1009,
  functionDeprecated: 1013,
  serverOffline: 1014,
  parameter: 1019,
} as const

const PERMANENT = new Set<number>([
  FAULT.generic, // for a build request: no owner, unknown channel, unknown method
  FAULT.notAllowed,
  FAULT.build,
  FAULT.functionDeprecated,
  FAULT.parameter,
])

/** Whether the hub will refuse the same build request every time. */
export function isPermanentFault(code: number): boolean {
  return PERMANENT.has(code)
}

/** Whether a thrown value is a fault with one of these codes. */
export function isFault(thrown: unknown, ...codes: number[]): thrown is XmlRpcFault {
  return thrown instanceof XmlRpcFault && codes.includes(thrown.code)
}
