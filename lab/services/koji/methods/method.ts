/** The definition of a hub method, and how the parameters of a call are bound to its names (behaviour/koji 1). */
import type { XmlRpcInput, XmlRpcValue } from '../../../../src/lib/xmlrpc/index.ts'
import type { World } from '../../../world.ts'
import type { KojiSession } from '../records.ts'

/** The fault numbers of Koji (behaviour/koji 8) that the lab raises. */
export const FAULTS = {
  /** Any exception in the hub's Python code. */
  python: 1,
  generic: 1000,
  auth: 1002,
  notAllowed: 1004,
  build: 1005,
  authLock: 1006,
  authExpired: 1007,
  sequence: 1008,
  retry: 1009,
  offline: 1014,
  parameter: 1019,
  container: 2001,
} as const

/** A refusal, sent as a fault in a 200. */
export class HubFault extends Error {
  override readonly name = 'HubFault'
  readonly code: number
  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** The context in which a method runs. */
export type Call = {
  world: World
  /** null: anonymous. */
  session: KojiSession | null
  /** Called by a method that changed something: only then is the number of the call stored. */
  wrote: () => void
}

/** Arguments by name; omitted ones are absent. */
export type Args = Readonly<Record<string, XmlRpcValue>>

/** A method of the hub: the names of its parameters and its implementation, which throws `HubFault` to refuse. */
export type Method = {
  /** Names in order; the first `required` of them are mandatory. */
  params: readonly string[]
  required: number
  run: (args: Args, call: Call) => XmlRpcInput
}

/** Binds positional and keyword parameters as Python does, with Python's error messages. */
export function bindArgs(name: string, method: Method, params: readonly XmlRpcValue[]): Args {
  const { positional, named } = splitKeywords(params)
  const label = `RootExports.${name}()`
  if (positional.length > method.params.length)
    throw new HubFault(
      FAULTS.parameter,
      `${label} takes from ${method.required + 1} to ${method.params.length + 1} positional arguments ` +
        `but ${positional.length + 1} were given`,
    )
  const args: Record<string, XmlRpcValue> = {}
  for (const [index, value] of positional.entries()) args[method.params[index] ?? ''] = value
  for (const [keyword, value] of Object.entries(named)) {
    if (!method.params.includes(keyword))
      throw new HubFault(FAULTS.parameter, `${label} got an unexpected keyword argument '${keyword}'`)
    if (keyword in args)
      throw new HubFault(FAULTS.parameter, `${label} got multiple values for argument '${keyword}'`)
    args[keyword] = value
  }
  const missing = method.params.slice(0, method.required).filter((param) => !(param in args))
  if (missing.length > 0) throw new HubFault(FAULTS.parameter, `${label} ${missingText(missing)}`)
  return args
}

function missingText(missing: readonly string[]): string {
  const quoted = missing.map((name) => `'${name}'`)
  const last = quoted.pop() ?? ''
  const names = quoted.length > 0 ? `${quoted.join(', ')} and ${last}` : last
  return `missing ${missing.length} required positional argument${quoted.length > 0 ? 's' : ''}: ${names}`
}

/** A last struct holds keyword arguments only when it has the marker; otherwise it is an ordinary argument. */
function splitKeywords(params: readonly XmlRpcValue[]) {
  const last = params.at(-1)
  if (!isStruct(last) || last.__starstar !== true) return { positional: params, named: {} }
  const { __starstar: _, ...named } = last
  return { positional: params.slice(0, -1), named }
}

/** Whether a value is a struct. */
export function isStruct(value: unknown): value is Record<string, XmlRpcValue> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  )
}

/** The items that `offset` and `limit` of the query options select. */
export function selectPage<T>(items: readonly T[], queryOpts: Readonly<Record<string, XmlRpcValue>>): T[] {
  const { offset, limit } = queryOpts
  const from = Number(offset ?? 0)
  return items.slice(from, limit === undefined || limit === null ? undefined : from + Number(limit))
}
