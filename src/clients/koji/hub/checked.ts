/** Calls to the hub with schema-checked answers. */
import type { ZodType } from 'zod'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { checkAnswer } from '../../../lib/http/answer.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import type { Reads } from './reads.ts'
import type { Call } from './transport.ts'

/** Parses the answer of `call`. Throws `UpstreamError` naming the method if it does not match `schema`. */
export function checkResult<T>(call: Call, schema: ZodType<T>, value: XmlRpcValue): T {
  return checkAnswer({ service: 'koji', what: call.method }, schema, value)
}

/** Makes a call and checks its answer. Rejects with `KojiFault` or `UpstreamError`. */
export async function readOne<T>(reads: Pick<Reads, 'call'>, call: Call, schema: ZodType<T>): Promise<T> {
  return checkResult(call, schema, await reads.call(call))
}

/**
 * Makes the same call for many items at once. Returns pairs of an item and its result: the checked value, or the error
 * that concerns only this item. Rejects only when the hub cannot be reached.
 */
export async function readMany<I, T>(
  reads: Reads,
  items: readonly I[],
  toCall: (item: I) => Call,
  schema: ZodType<T>,
  signal?: AbortSignal,
): Promise<[I, BatchResult<T>][]> {
  const results = await reads.callAll(items.map(toCall), signal)
  return results.map((result, index) => {
    const item = items[index] as I // there is one result per item
    return [item, result.ok ? checkOne(toCall(item), schema, result.value) : result]
  })
}

function checkOne<T>(call: Call, schema: ZodType<T>, value: XmlRpcValue): BatchResult<T> {
  try {
    return { ok: true, value: checkResult(call, schema, value) }
  } catch (error) {
    return { ok: false, error: error as Error } // checkAnswer throws nothing else
  }
}
