/** Many calls in one request: the hub returns a result or fault for each of them, in order (behaviour/koji 3). */
import { z } from 'zod'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { UpstreamError } from '../../../lib/errors.ts'
import { checkAnswer } from '../../../lib/http/answer.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { KojiFault } from './fault.ts'
import type { Call } from './transport.ts'

const faultSchema = z.object({ faultCode: z.number(), faultString: z.string() })
const entrySchema = z.union([z.tuple([z.custom<XmlRpcValue>()]), faultSchema])

const MULTICALL = { service: 'koji', what: 'multiCall' }
const ODD_ENTRY = new UpstreamError({
  service: 'koji',
  failure: 'odd-answer',
  detail: 'multiCall: an entry is neither a result nor a fault',
})

/** A single call that contains `calls`. */
export function multiCall(calls: readonly Call[]): Call {
  const entries = calls.map(({ method, params }) => ({ methodName: method, params }))
  return { method: 'multiCall', params: [entries] }
}

/**
 * The results in the order of the calls; an entry that is neither a result nor a fault concerns its own call only.
 * Throws `UpstreamError` unless there are `count` of them.
 */
export function multiCallResults(answer: XmlRpcValue, count: number): BatchResult<XmlRpcValue>[] {
  const entries = checkAnswer(MULTICALL, z.array(z.custom<XmlRpcValue>()).length(count), answer)
  return entries.map((value) => {
    const entry = entrySchema.safeParse(value)
    if (!entry.success) return { ok: false, error: ODD_ENTRY }
    return Array.isArray(entry.data)
      ? { ok: true, value: entry.data[0] }
      : { ok: false, error: new KojiFault(entry.data.faultCode, entry.data.faultString) }
  })
}
