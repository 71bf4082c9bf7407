/** Parses the answers of the results database into our types (behaviour/greenwave 8.2). */
import { z } from 'zod'
import type { TestResult } from '../../domain/gate/facts/facts.ts'
import { isWithinDepth } from '../../lib/json.ts'

type Data = TestResult['data']

const MAX_DEPTH = 50
const isShallow = (json: unknown) => isWithinDepth(json, MAX_DEPTH)

/**
 * A single value means a list with one item: some producers write it so. Data that is well-formed is kept without a copy,
 * since copying the data of a hundred thousand results would cost more than everything else.
 */
const dataSchema = z.optional(z.unknown()).transform((data, check): Data => {
  if (isWellFormed(data)) return data
  if (data === null || data === undefined) return {}
  if (typeof data === 'object') {
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, textsOf(value)]))
  }
  check.addIssue('must be an object')
  return z.NEVER
})

function isWellFormed(data: unknown): data is Data {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  return Object.values(data).every(
    (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
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

/** The answer of `/results/latest`. Only the needed fields are kept: there may be a hundred thousand results. */
export const latestSchema = z.object({ data: z.array(resultSchema) }).transform(({ data }) => data)

/** The same, each result together with its original JSON. */
export const latestWithOriginalsSchema = z
  .object({ data: z.array(z.unknown().refine(isShallow, 'is nested too deep')) })
  .transform(({ data: originals }, check): TestResult[] => {
    const read = z.array(resultSchema).safeParse(originals)
    if (read.success) return read.data.map((result, index) => ({ ...result, raw: originals[index] }))
    for (const { path, message } of read.error.issues)
      check.addIssue({ code: 'custom', path: ['data', ...path], message })
    return z.NEVER
  })
