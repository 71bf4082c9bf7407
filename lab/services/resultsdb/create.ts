/** Reading the body that creates a result, with the refusals of the original (spec/greenwave 8.2). */
import { toMicroseconds } from './query.ts'
import type { LabResult, ResultsDbState } from './state.ts'

/** A result as it was sent; the groups may still have to be made. */
export type ResultRequest = Omit<LabResult, 'id' | 'groups'> & {
  testCaseRefUrl: string | undefined
  groups: readonly { uuid?: string; description?: string; refUrl?: string }[]
}

/** One refused field, as Pydantic reports it. */
export type ValidationError = { loc: string[]; msg: string; type: string; input: unknown; url: string }

/** What is wrong with a body: a message, or its refused fields. */
export type Refusal = { message: string } | { validation_error: ValidationError[] }

/** `now` is the time of a result that names none. */
export function readResultRequest(
  state: ResultsDbState,
  body: unknown,
  now: string,
): { request: ResultRequest } | { refusal: Refusal } {
  if (!isObject(body)) return { refusal: { message: 'Bad request' } }
  const faults = [...outcomeFaults(state, body), ...testCaseFaults(body), ...timeFaults(body)]
  if (faults.length > 0) return { refusal: { validation_error: faults } }
  const data = isObject(body.data) ? body.data : {}
  const colons = Object.keys(data).filter((key) => key.includes(':'))
  if (colons.length > 0)
    return {
      refusal: { message: `Colon not allowed in key name: [${colons.map((key) => `'${key}'`).join(', ')}]` },
    }
  return {
    request: {
      outcome: String(body.outcome).trim().toUpperCase(),
      testCase: testCaseName(body.testcase),
      testCaseRefUrl: isObject(body.testcase) ? (textOrNull(body.testcase.ref_url) ?? undefined) : undefined,
      groups: (Array.isArray(body.groups) ? body.groups : []).map(readGroup),
      note: textOrNull(body.note),
      refUrl: textOrNull(body.ref_url),
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, texts(value)])),
      submittedAt: readTime(body.submit_time) ?? now,
    },
  }
}

/** A missing field. */
export function missingField(name: string, input: unknown): ValidationError {
  return fault(name, 'Field required', 'missing', input)
}

/** A field with a value that is refused. */
export function valueError(name: string, message: string, input: unknown): ValidationError {
  return fault(name, `Value error, ${message}`, 'value_error', input)
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fault(name: string, msg: string, type: string, input: unknown): ValidationError {
  return { loc: [name], msg, type, input, url: `https://errors.pydantic.dev/2.6/v/${type}` }
}

function outcomeFaults({ outcomes }: ResultsDbState, body: Record<string, unknown>): ValidationError[] {
  if (body.outcome === undefined) return [missingField('outcome', body)]
  const known = outcomes.includes(String(body.outcome).trim().toUpperCase())
  return known ? [] : [valueError('outcome', `must be one of: ${outcomes.join(', ')}`, body.outcome)]
}

function testCaseFaults(body: Record<string, unknown>): ValidationError[] {
  if (body.testcase === undefined) return [missingField('testcase', body)]
  return testCaseName(body.testcase) === ''
    ? [valueError('testcase', 'testcase name must be non-empty', body.testcase)]
    : []
}

function timeFaults({ submit_time: time }: Record<string, unknown>): ValidationError[] {
  if (time === undefined || time === null || readTime(time) !== null) return []
  const expected =
    'Expected timestamp in milliseconds or datetime (in format YYYY-MM-DDTHH:MM:SS.ffffff), got '
  return [valueError('submit_time', `${expected}'${String(time)}'`, time)]
}

function testCaseName(testCase: unknown): string {
  const name = isObject(testCase) ? testCase.name : testCase
  return typeof name === 'string' ? name : ''
}

function readTime(time: unknown): string | null {
  if (typeof time === 'number' || (typeof time === 'string' && /^\d+$/.test(time)))
    return toMicroseconds(new Date(Number(time)).toISOString())
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}(Z|\+00:?00|\+00)?$/
  return typeof time === 'string' && form.test(time) ? toMicroseconds(time) : null
}

function readGroup(group: unknown): ResultRequest['groups'][number] {
  if (!isObject(group)) return { uuid: String(group) }
  return {
    uuid: textOrNull(group.uuid) ?? undefined,
    description: textOrNull(group.description) ?? undefined,
    refUrl: textOrNull(group.ref_url) ?? undefined,
  }
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((one) =>
    typeof one === 'string' ? one : JSON.stringify(one),
  )
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
