/** Checks the answer of an upstream service against the shape that the caller relies on. */
import type { ZodType } from 'zod'
import { UpstreamError } from '../errors.ts'

/** Origin of an answer, for the error text: service and request, and for HTTP the status and body. */
export type AnswerOrigin = { service: string; what: string; status?: number; text?: string }

/** Returns the parsed value. Throws `UpstreamError` ('bad-answer') naming the first place that does not match. */
export function checkAnswer<T>(origin: AnswerOrigin, schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw badAnswer(origin, `unexpected answer at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`)
}

/** Like `checkAnswer`, for text that must be JSON. */
export function checkJson<T>(origin: AnswerOrigin, schema: ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badAnswer({ ...origin, text }, 'the answer is not valid JSON')
  }
  return checkAnswer({ ...origin, text }, schema, value)
}

function badAnswer({ service, what, status, text }: AnswerOrigin, detail: string): UpstreamError {
  return new UpstreamError(service, 'bad-answer', `${what}: ${detail}`, status, text)
}
