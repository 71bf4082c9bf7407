/** Many calls in one request: the hub returns a result or fault for each of them, in order (behaviour/koji 3). */
import { z } from 'zod'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { checkAnswer } from '../../../lib/http/answer.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { KojiFault } from './fault.ts'
import type { Call } from './transport.ts'

const faultSchema = z.object({ faultCode: z.number(), faultString: z.string() })
const entrySchema = z.union([z.tuple([z.custom<XmlRpcValue>()]), faultSchema])

/** A single call that contains `calls`. */
export function multiCall(calls: readonly Call[]): Call {
  const entries = calls.map(({ method, params }) => ({ methodName: method, params }))
  return { method: 'multiCall', params: [entries] }
}

/** The results in the order of the calls. Throws `UpstreamError` unless there are `count` of them. */
export function multiCallResults(answer: XmlRpcValue, count: number): BatchResult<XmlRpcValue>[] {
  const entries = checkAnswer(
    { service: 'koji', what: 'multiCall' },
    z.array(entrySchema).length(count),
    answer,
  )
  return entries.map((entry) =>
    Array.isArray(entry)
      ? { ok: true, value: entry[0] }
      : { ok: false, error: new KojiFault(entry.faultCode, entry.faultString) },
  )
}
