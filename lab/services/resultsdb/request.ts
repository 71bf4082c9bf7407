/** Reads the bodies that create results, test cases and groups, with the original's refusals (behaviour/greenwave 8.2). */
import { z } from 'zod'
import { isJsonObject } from '../../../src/lib/json.ts'
import { toMicroseconds } from './query.ts'
import { refusedFields, type ValidationError } from './refused-fields.ts'
import type { LabResult } from './state.ts'

/** A result as received; its groups may not exist yet. */
export type ResultRequest = Omit<LabResult, 'id' | 'groups'> & {
  testCaseRefUrl: string | undefined
  groups: readonly GroupRequest[]
}

/** A group as received. */
export type GroupRequest = { uuid?: string; description?: string; refUrl?: string }

/** A test case as received. */
export type TestCaseRequest = { name: string; refUrl: string | undefined }

/** The body of a refusal: a message, or the refused fields. */
export type Refusal = { message: string } | { validation_error: ValidationError[] }

type Read<T> = { request: T } | { refusal: Refusal }

const text = z.string().nullish()

const groupSchema = z.object({ uuid: text, description: text, ref_url: text }).transform(
  ({ uuid, description, ref_url: refUrl }): GroupRequest => ({
    uuid: uuid ?? undefined,
    description: description ?? undefined,
    refUrl: refUrl ?? undefined,
  }),
)

const testCaseSchema = z
  .object({ name: z.string().min(1), ref_url: text })
  .transform(({ name, ref_url: refUrl }): TestCaseRequest => ({ name, refUrl: refUrl ?? undefined }))

const resultSchema = z.object({
  outcome: z.string().transform((outcome) => outcome.trim().toUpperCase()),
  testcase: z
    .preprocess(
      (sent) => (typeof sent === 'string' ? { name: sent } : sent),
      z.object({ name: z.string().default(''), ref_url: text }),
    )
    .refine(({ name }) => name !== '', 'testcase name must be non-empty'),
  groups: z
    .array(z.preprocess((sent) => (typeof sent === 'string' ? { uuid: sent } : sent), groupSchema))
    .nullish(),
  note: text,
  ref_url: text,
  data: z.record(z.string(), z.unknown()).nullish(),
  submit_time: z.unknown().transform(readTime).optional(),
})

/** Reads a result; `now` is its time when it has none. */
export function readResultRequest(
  outcomes: readonly string[],
  body: unknown,
  now: string,
): Read<ResultRequest> {
  const known = resultSchema.extend({
    outcome: resultSchema.shape.outcome.refine(
      (outcome) => outcomes.includes(outcome),
      `must be one of: ${outcomes.join(', ')}`,
    ),
  })
  const read = readBody(known, body)
  if ('refusal' in read) return read
  const { outcome, testcase, groups, note, ref_url: refUrl, data, submit_time: submittedAt } = read.request
  const colons = Object.keys(data ?? {}).filter((key) => key.includes(':'))
  if (colons.length > 0)
    return {
      refusal: { message: `Colon not allowed in key name: [${colons.map((key) => `'${key}'`).join(', ')}]` },
    }
  return {
    request: {
      outcome,
      testCase: testcase.name,
      testCaseRefUrl: testcase.ref_url ?? undefined,
      groups: groups ?? [],
      note: note ?? null,
      refUrl: refUrl ?? null,
      data: Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, texts(value)])),
      submittedAt: submittedAt ?? now,
    },
  }
}

/** Reads a test case to add or change. */
export function readTestCaseRequest(body: unknown): Read<TestCaseRequest> {
  return readBody(testCaseSchema, body)
}

/** Reads a group to add or change. */
export function readGroupRequest(body: unknown): Read<GroupRequest> {
  return readBody(groupSchema, body)
}

function readBody<T>(schema: z.ZodType<T>, body: unknown): Read<T> {
  if (!isJsonObject(body)) return { refusal: { message: 'Bad request' } }
  const read = schema.safeParse(body)
  return read.success
    ? { request: read.data }
    : { refusal: { validation_error: refusedFields(body, read.error) } }
}

function readTime(sent: unknown, ctx: z.RefinementCtx): string | null {
  if (sent === undefined || sent === null) return null
  const time = toTime(sent)
  if (time === null) {
    const shown = typeof sent === 'string' ? sent : JSON.stringify(sent)
    ctx.addIssue(
      `Expected timestamp in milliseconds or datetime (in format YYYY-MM-DDTHH:MM:SS.ffffff), got '${shown}'`,
    )
  }
  return time
}

function toTime(sent: unknown): string | null {
  if (typeof sent === 'number' || (typeof sent === 'string' && /^\d+$/.test(sent))) {
    const time = new Date(Number(sent))
    return Number.isNaN(time.getTime()) ? null : toMicroseconds(time.toISOString())
  }
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}(Z|\+00:?00|\+00)?$/
  return typeof sent === 'string' && form.test(sent) ? toMicroseconds(sent) : null
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((item) =>
    typeof item === 'string' ? item : JSON.stringify(item),
  )
}
