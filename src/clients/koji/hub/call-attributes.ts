/** Attributes of the span of a call: its method, and the tasks it is about (docs/tracing.md). */
import type { Attributes } from '@opentelemetry/api'
import type { XmlRpcInput } from '../../../lib/xmlrpc/index.ts'

type Call = { method: string; params: XmlRpcInput[] }

/** Max task ids in a span: enough to find a call, while a multicall has up to hundreds. */
const MAX_TASKS = 50

/** Method and task ids, never other parameters, which may be credentials. */
export function callAttributes({ method, params }: Call): Attributes {
  const calls = method === 'multiCall' ? callsIn(params[0]) : [{ method, params }]
  const tasks = calls.flatMap((call) => taskOf(call)).slice(0, MAX_TASKS)
  return {
    'rpc.method': method,
    ...(method === 'multiCall' && {
      'koji.methods': [...new Set(calls.map((call) => call.method))],
      'koji.calls': calls.length,
    }),
    ...(tasks.length === 1 && { 'koji.task.id': tasks[0] }),
    ...(tasks.length > 1 && { 'koji.task.ids': tasks }),
  }
}

/** The calls of a multicall as `multiCall` makes it. */
function callsIn(entries: XmlRpcInput | undefined): Call[] {
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry) => {
    const { methodName: method, params } = Object(entry) as { methodName?: unknown; params?: unknown }
    return typeof method === 'string' && Array.isArray(params) ? [{ method, params }] : []
  })
}

function taskOf({ method, params: [first] }: Call): number[] {
  return /Task/.test(method) && typeof first === 'number' ? [first] : []
}
