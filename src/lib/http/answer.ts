/** Checks what an outside service answered against the shape we rely on. */
import { type ZodType, z } from 'zod'
import { UpstreamError, type UpstreamFailure } from '../errors.ts'
import { type ReportUnreadable, unreadableIn } from '../records.ts'

/**
 * Where an answer came from, for the error text: the service, the request, and the answer itself when it was HTTP.
 * `report` takes the records that were left out because they cannot be read.
 */
export type AnswerOrigin = {
  service: string
  what: string
  status?: number
  text?: string
  /** As in the request. */
  isFixedAddress?: boolean | undefined
  report?: ReportUnreadable | undefined
}

/**
 * The value in its checked shape. Throws `UpstreamError` ('odd-answer') that names the first place that differs. What
 * the shape has in a member `unreadable` is reported here, so that no client can forget to.
 */
export function checkAnswer<T>(origin: AnswerOrigin, schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) {
    const unreadable = unreadableIn(result.data)
    if (unreadable.length > 0) origin.report?.({ service: origin.service, what: origin.what, unreadable })
    return result.data
  }
  const issue = result.error.issues[0]
  throw answerError(
    'odd-answer',
    origin,
    `unexpected answer at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`,
  )
}

/** The same for text that must be JSON. */
export function checkJson<T>(origin: AnswerOrigin, schema: ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw answerError('bad-answer', { ...origin, text }, `the answer is not valid JSON${insteadOfJson(text)}`)
  }
  return checkAnswer({ ...origin, text }, schema, value)
}

/** Pages of a login or of a proxy are the most common. */
function insteadOfJson(text: string): string {
  if (text.trim() === '') return ': it is empty'
  return /^\s*<(!doctype html|html)\b/i.test(text) ? ': it is a page of HTML' : ''
}

/**
 * @throws UpstreamError for an answer about another thing: nothing is known about the requested one then. By default it blames the
 * service, as a proxy may confuse answers.
 */
export function checkSubject(
  { service, what }: Pick<AnswerOrigin, 'service' | 'what'>,
  requested: string | number,
  answered: string | number,
  failure: UpstreamFailure = 'bad-answer',
): void {
  if (answered !== requested)
    throw answerError(failure, { service, what }, `the answer is about ${answered}, not ${requested}`)
}

/**
 * For `saysUnknown` of a service that answers errors in JSON: whether the body is an object of this shape. Pages of
 * proxies and of load balancers are HTML, text or empty.
 */
export function hasBody(schema: ZodType = z.looseObject({})): (answer: { text: string }) => boolean {
  return ({ text }) => {
    try {
      return schema.safeParse(JSON.parse(text)).success
    } catch {
      return false
    }
  }
}

function answerError(
  failure: UpstreamFailure,
  { service, what, status, text, isFixedAddress: isOfService }: AnswerOrigin,
  detail: string,
): UpstreamError {
  return new UpstreamError({
    service,
    failure,
    detail: `${what}: ${detail}`,
    status,
    body: text,
    isOfService,
  })
}
