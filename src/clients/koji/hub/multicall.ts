/** Many calls in one request: the hub returns a result or fault for each of them, in order (behaviour/koji 3). */
import { z } from 'zod'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { messageOf, OutcomeUnknown, UpstreamError } from '../../../lib/errors.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { KojiFault } from './fault.ts'
import type { Call } from './transport.ts'

const faultSchema = z.object({ faultCode: z.number(), faultString: z.string() })
const entrySchema = z.union([z.tuple([z.custom<XmlRpcValue>()]), faultSchema])

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
 * Throws `UpstreamError`, which blames the hub, unless there are `count` of them: then no entry is certain to belong to its call.
 */
export function multiCallResults(answer: XmlRpcValue, count: number): BatchResult<XmlRpcValue>[] {
  if (!Array.isArray(answer)) throw badAnswer('the answer is not a list')
  if (answer.length !== count) throw badAnswer(`the answer has ${answer.length} entries for ${count} calls`)
  return answer.map((value) => {
    const entry = entrySchema.safeParse(value)
    if (!entry.success) return { ok: false, error: ODD_ENTRY }
    return Array.isArray(entry.data)
      ? { ok: true, value: entry.data[0] }
      : { ok: false, error: new KojiFault(entry.data.faultCode, entry.data.faultString) }
  })
}

/** The same for calls of `method`, which change something: `OutcomeUnknown`, as they may have been carried out all the same. */
export function writeResults(method: string, answer: XmlRpcValue, count: number): BatchResult<XmlRpcValue>[] {
  try {
    return multiCallResults(answer, count)
  } catch (error) {
    throw new OutcomeUnknown(`${method}: ${messageOf(error)}`, { cause: error })
  }
}

function badAnswer(detail: string): UpstreamError {
  return new UpstreamError({ service: 'koji', failure: 'bad-answer', detail: `multiCall: ${detail}` })
}
