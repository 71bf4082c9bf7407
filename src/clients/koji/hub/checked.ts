/** Answers of the hub in their checked shape. */
import type { ZodType } from 'zod'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { troubleOf } from '../../../lib/errors.ts'
import { checkAnswer } from '../../../lib/http/answer.ts'
import type { Behalf } from '../../../lib/http/behalf.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import type { Reads } from './reads.ts'
import type { Call } from './transport.ts'

/** The value in the shape of `schema`; throws `UpstreamError` naming the method. */
export function checked<T>(call: Call, schema: ZodType<T>, value: XmlRpcValue): T {
  return checkAnswer({ service: 'koji', what: call.method }, schema, value)
}

/** A call made and checked; rejects with `KojiFault` or `UpstreamError`. */
export async function readOne<T>(reads: Pick<Reads, 'one'>, call: Call, schema: ZodType<T>): Promise<T> {
  return checked(call, schema, await reads.one(call))
}

/**
 * The same for many items at once: pairs of the item and its result, the checked value or the error that
 * concerns this one alone. Rejects only when the hub cannot be reached.
 */
export async function readMany<I, T>(
  reads: Reads,
  items: readonly I[],
  toCall: (item: I) => Call,
  schema: ZodType<T>,
  behalf?: Behalf,
): Promise<[I, BatchResult<T>][]> {
  const results = await reads.many(items.map(toCall), behalf)
  return results.map((result, index) => {
    const item = items[index] as I // there is a result for each
    return [item, result.ok ? check(toCall(item), schema, result.value) : result]
  })
}

function check<T>(call: Call, schema: ZodType<T>, value: XmlRpcValue): BatchResult<T> {
  try {
    return { ok: true, value: checked(call, schema, value) }
  } catch (error) {
    return { ok: false, error: error as Error } // checkAnswer throws nothing else
  }
}

/** The results, unless one of them is trouble of the hub or our account: that says nothing about the item. */
export function throwTrouble<I, T>(results: [I, BatchResult<T>][]): [I, BatchResult<T>][] {
  for (const [, result] of results) if (!result.ok && troubleOf(result.error)) throw result.error
  return results
}
