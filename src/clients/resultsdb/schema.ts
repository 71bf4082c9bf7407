/** Shape of the results database's answers, turned into our words (behaviour/greenwave 8.2). */
import { z } from 'zod'
import type { TestResult } from '../../domain/gate/facts/facts.ts'
import { isWithinDepth } from '../../lib/json.ts'

type Data = TestResult['data']

const MAX_DEPTH = 50
const isShallow = (json: unknown) => isWithinDepth(json, MAX_DEPTH)

/**
 * A single value means a list of one; producers other than the database write it so. What is in order is
 * kept as it is, since copies of a hundred thousand cost more than all else.
 */
const dataSchema = z.optional(z.unknown()).transform((data, check): Data => {
  if (isInOrder(data)) return data
  if (data === null || data === undefined) return {}
  if (typeof data === 'object') {
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, textsOf(value)]))
  }
  check.addIssue('must be an object')
  return z.NEVER
})

function isInOrder(data: unknown): data is Data {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  return Object.values(data).every(
    (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  )
}

function textsOf(value: unknown): string[] {
  if (value === null || value === undefined) return []
  return [value].flat().filter(isSimple).map(String)
}

function isSimple(value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined
}

const resultSchema = z
  .object({
    id: z.number().int(),
    testcase: z.object({ name: z.string() }),
    outcome: z.string(),
    submit_time: z.string().nullish(),
    data: dataSchema,
    error_reason: z.string().nullish(),
  })
  .transform(
    ({ id, testcase, outcome, submit_time, data, error_reason }): TestResult => ({
      id,
      testCase: testcase.name,
      outcome,
      submitTime: submit_time ?? '',
      data,
      errorReason: error_reason ?? null,
      raw: null,
    }),
  )

/** Answer of `/results/latest`. What is not needed of a result is not kept: there may be a hundred thousand. */
export const latestSchema = z.object({ data: z.array(resultSchema) }).transform(({ data }) => data)

/** The same, each result with the original it was made from. */
export const latestWithOriginalsSchema = z
  .object({ data: z.array(z.unknown().refine(isShallow, 'is nested too deep')) })
  .transform(({ data: originals }, check): TestResult[] => {
    const read = z.array(resultSchema).safeParse(originals)
    if (read.success) return read.data.map((result, index) => ({ ...result, raw: originals[index] }))
    for (const { path, message } of read.error.issues)
      check.addIssue({ code: 'custom', path: ['data', ...path], message })
    return z.NEVER
  })
