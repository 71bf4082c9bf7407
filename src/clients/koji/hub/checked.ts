/** Answers of the hub in their checked shape. */
import type { ZodType } from 'zod'
import { withoutEpoch } from '../../../domain/rebuild/images/nvr.ts'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { troubleOf } from '../../../lib/errors.ts'
import { checkAnswer, checkSubject } from '../../../lib/http/answer.ts'
import type { Behalf } from '../../../lib/http/behalf.ts'
import type { ReportUnreadable, Unreadable } from '../../../lib/records.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import type { Reads } from './reads.ts'
import type { Call } from './transport.ts'

/** The members of an answer that name the thing requested, by method. Stand-ins for a hub may leave them out; other methods have none. */
const NAMING: Readonly<Record<string, readonly string[]>> = {
  getTaskInfo: ['id'],
  getBuild: ['id', 'nvr'],
  getBuildTarget: ['id', 'name'],
}

/**
 * The value in the shape of `schema`; throws `UpstreamError` naming the method. An answer about another thing is treated like one of
 * another shape and affects only its own item: results of a multicall are matched by position, so no proxy can confuse them.
 */
export function checked<T>(
  call: Call,
  schema: ZodType<T>,
  value: XmlRpcValue,
  report: ReportUnreadable | undefined,
): T {
  const origin = { service: 'koji', what: call.method, report }
  const answer = checkAnswer(origin, schema, value)
  const [requested] = call.params
  const named = (NAMING[call.method] ?? [])
    .map((member) => Reflect.get(Object(value), member) as unknown)
    .find((name) => typeof name === typeof requested)
  if (isName(requested) && isName(named)) checkSubject(origin, bare(requested), bare(named), 'odd-answer')
  return answer
}

function isName(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** A build may be requested with its epoch, which its NVR does not have. */
function bare(name: string | number): string | number {
  return typeof name === 'string' ? withoutEpoch(name) : name
}

/** A call made and checked; rejects with `KojiFault` or `UpstreamError`. */
export async function readOne<T>(
  reads: Pick<Reads, 'one' | 'report'>,
  call: Call,
  schema: ZodType<T>,
): Promise<T> {
  return checked(call, schema, await reads.one(call), reads.report)
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
  const unreadable: Unreadable[] = []
  const report: ReportUnreadable = (answer) => unreadable.push(...answer.unreadable)
  const results = await reads.many(items.map(toCall), behalf)
  const checkedResults = results.map((result, index): [I, BatchResult<T>] => {
    const item = items[index] as I // there is a result for each
    if (!result.ok) return [item, result]
    const value = check(toCall(item), schema, result.value, report)
    if (!value.ok) unreadable.push({ path: String(index), message: value.error.message })
    return [item, value]
  })
  const [first] = items
  if (unreadable.length > 0 && first !== undefined)
    reads.report?.({ service: 'koji', what: toCall(first).method, unreadable })
  return checkedResults
}

function check<T>(
  call: Call,
  schema: ZodType<T>,
  value: XmlRpcValue,
  report: ReportUnreadable,
): BatchResult<T> {
  try {
    return { ok: true, value: checked(call, schema, value, report) }
  } catch (error) {
    return { ok: false, error: error as Error } // checkAnswer throws nothing else
  }
}

/** The results, unless one of them is trouble of the hub or our account: that says nothing about the item. */
export function throwTrouble<I, T>(results: [I, BatchResult<T>][]): [I, BatchResult<T>][] {
  for (const [, result] of results) if (!result.ok && troubleOf(result.error)) throw result.error
  return results
}
