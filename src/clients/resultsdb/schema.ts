/** Shape of the results database's answers, turned into our words (spec/greenwave 8.2). */
import { z } from 'zod'
import type { TestResult } from '../../domain/gating/facts.ts'

/** A single value stands for a list of one; other producers than the database itself write it so. */
const values = z
  .union([z.array(z.coerce.string()), z.null(), z.coerce.string()])
  .transform((value) => (typeof value === 'string' ? [value] : (value ?? [])))

const wireResult = z.object({
  id: z.number().int(),
  testcase: z.object({ name: z.string() }),
  outcome: z.string(),
  submit_time: z.string().nullish(),
  data: z.record(z.string(), values).nullish(),
  error_reason: z.string().nullish(),
})

const resultSchema = z.unknown().transform((raw, check): TestResult => {
  const read = wireResult.safeParse(raw)
  if (!read.success) {
    for (const { path, message } of read.error.issues) check.addIssue({ code: 'custom', path, message })
    return z.NEVER
  }
  const { id, testcase, outcome, submit_time, data, error_reason } = read.data
  return {
    id,
    testCase: testcase.name,
    outcome,
    submitTime: submit_time ?? '',
    data: data ?? {},
    errorReason: error_reason ?? null,
    raw,
  }
})

/** Answer of `/results/latest`. */
export const latestSchema = z.object({ data: z.array(resultSchema) }).transform(({ data }) => data)
