/** Faults of the hub on demand: for a whole request, as in maintenance, or for one call, also inside a multiCall. */
import type { XmlRpcInput, XmlRpcValue } from '../../../src/lib/xmlrpc/index.ts'
import { takeFault } from '../../faults.ts'
import type { World } from '../../world.ts'
import { FAULTS, HubFault, isStruct } from './methods/method.ts'

/** Texts that a real hub sends with these faults. */
const TEXTS: Readonly<Record<number, string>> = {
  [FAULTS.python]: "<class 'OSError'>: [Errno 28] No space left on device",
  [FAULTS.auth]: 'logins by freshwave are not allowed',
  [FAULTS.authLock]: 'Session is locked by another call',
  [FAULTS.offline]: 'hub is offline for maintenance',
}

/** Applies the faults of kind `fault`. @throws HubFault when one is set for the method of the request or one inside it */
export function failRequest(world: World, method: string, params: readonly XmlRpcValue[]): void {
  const [calls] = params
  const inner = Array.isArray(calls)
    ? calls.map((call) => (isStruct(call) ? String(call.methodName) : ''))
    : []
  const rule = takeFault(world, 'koji', [method, ...inner], ({ kind }) => kind === 'fault')
  if (rule) throw hubFault(rule.code ?? FAULTS.offline, rule.text)
}

/** Applies the faults of kind `call-fault`. @throws HubFault when one is set for this method and these arguments */
export function failCall(world: World, method: string, params: readonly XmlRpcValue[]): void {
  const rule = takeFault(
    world,
    'koji',
    [method],
    ({ kind, argument }) =>
      kind === 'call-fault' && (argument === undefined || params.some((param) => contains(param, argument))),
  )
  if (rule) throw hubFault(rule.code ?? FAULTS.generic, rule.text)
}

/** The value of a call as `world.mutate` changes it. */
export function mutateValue(world: World, method: string, value: XmlRpcInput): XmlRpcInput {
  if (!world.mutate) return value
  return world.mutate('koji', method, structuredClone(value)) as XmlRpcInput // encoding refuses anything else
}

function hubFault(code: number, text: string = TEXTS[code] ?? 'Refused'): HubFault {
  return new HubFault(code, text)
}

function contains(value: XmlRpcValue, argument: string | number): boolean {
  if (Array.isArray(value)) return value.some((item) => contains(item, argument))
  if (isStruct(value)) return Object.values(value).some((member) => contains(member, argument))
  return typeof value === 'string' ? value.includes(String(argument)) : value === argument
}
