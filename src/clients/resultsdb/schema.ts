/** Parses the answers of the results database into our types (behaviour/greenwave 8.2). */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { TestResult } from '../../domain/gate/facts/facts.ts'
import { isJsonObject, isWithinDepth } from '../../lib/json.ts'
import type { Unreadable } from '../../lib/records.ts'

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
    error_reason: z.string().nullish().catch(null),
  })
  .transform(
    ({ id, testcase, outcome, submit_time, data, error_reason }): TestResult => ({
      id,
      testCase: testcase.name,
      outcome,
      submitTime: submit_time ?? '',
      data,
      errorReason: error_reason ?? null,
      fault: null,
      raw: null,
    }),
  )

/** Any of them may be the part that cannot be read. */
const partSchemas = {
  id: resultSchema.in.shape.id,
  testcase: resultSchema.in.shape.testcase,
  submit_time: resultSchema.in.shape.submit_time,
  data: dataSchema,
}

/** The answer of `/results/latest`. Only the needed fields are kept: there may be a hundred thousand results. */
export const latestSchema = answerSchema({ originals: false })

/** The same, each result together with its original JSON. */
export const latestWithOriginalsSchema = answerSchema({ originals: true })

/** A result that cannot be read is kept with its fault: dropping it might show an older one as the newest. */
function answerSchema({ originals }: { originals: boolean }) {
  return z.object({ data: z.array(z.unknown()) }).transform(({ data }) => {
    const unreadable: Unreadable[] = []
    const results = data.map((original, index): TestResult => {
      const fault = originals && !isShallow(original) ? { path: '', message: 'is nested too deep' } : null
      const read = fault ? undefined : resultSchema.safeParse(original)
      const raw = originals && !fault && isJsonObject(original) ? original : null
      if (read?.success) return originals ? { ...read.data, raw } : read.data
      const [issue] = read?.error.issues ?? []
      const path = issue?.path.join('.') ?? ''
      const message = issue?.message ?? fault?.message ?? ''
      unreadable.push({ path: path ? `data.${index}.${path}` : `data.${index}`, message })
      return { ...readParts(original, `The result cannot be read at '${path}': ${message}`), raw }
    })
    return { results, unreadable }
  })
}

function readParts(original: unknown, reason: string): TestResult {
  const record: Record<string, unknown> = isJsonObject(original) ? original : {}
  const part = <T>(schema: z.ZodType<T>, value: unknown): T | undefined =>
    isJsonObject(original) ? schema.safeParse(value).data : undefined
  const testCase = part(partSchemas.testcase, record.testcase)?.name
  const data = part(partSchemas.data, record.data)
  const submitTime = part(partSchemas.submit_time, record.submit_time ?? null)
  const unknown = new Set<'testCase' | 'data' | 'submitTime'>()
  if (testCase === undefined) unknown.add('testCase')
  if (data === undefined) unknown.add('data')
  if (submitTime === undefined) unknown.add('submitTime')
  return {
    id: part(partSchemas.id, record.id) ?? null,
    testCase: testCase ?? '',
    outcome: '',
    submitTime: submitTime ?? '',
    data: data ?? {},
    errorReason: reason,
    fault: { reason, unknown, ...(isShallow(original) && { record: digestOf(original) }) },
    raw: null,
  }
}

function digestOf(json: unknown): string {
  return createHash('sha256').update(JSON.stringify(json)).digest('base64')
}
