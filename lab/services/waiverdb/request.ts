/** Reads the body of a request for a new waiver, with the refusals of the original (behaviour/greenwave 8.4). */
import { z } from 'zod'
import { isJsonObject } from '../../../src/lib/json.ts'
import { refusedFields, refusedWhole, type ValidationError } from '../resultsdb/refused-fields.ts'
import type { LabResult } from '../resultsdb/state.ts'
import type { LabWaiver } from './state.ts'

/** A waiver as received; `username` is set when it is created on behalf of another user. */
export type WaiverRequest = Pick<
  LabWaiver,
  'subjectType' | 'subjectIdentifier' | 'testCase' | 'scenario' | 'productVersion' | 'waived' | 'comment'
> & { username: string | null }

/** The body of a refusal: a message, or the refused fields. */
export type WaiverRefusal = { message: string } | { validation_error: ValidationError[] }

type Read = { request: WaiverRequest } | { refusal: WaiverRefusal }

const NO_SUBJECT =
  'subject must be defined using result_id or subject or both subject_identifier, subject_type'

const text = z.string().nullish()
const shortText = z.string().max(255).nullish()

const waiverSchema = z.object({
  subject_type: text,
  subject_identifier: text,
  subject: z.record(z.string(), z.unknown()).nullish(),
  result_id: z.coerce.number().int().nullish(),
  testcase: text,
  scenario: shortText,
  product_version: z.string().min(1).max(200),
  comment: z.string().min(1),
  waived: z.boolean().default(true),
  username: shortText,
})
type Body = z.infer<typeof waiverSchema>

/** Reads one waiver; `resultById` supports the old form that refers to a result. */
export function readWaiverRequest(body: unknown, resultById: (id: number) => LabResult | undefined): Read {
  if (!isJsonObject(body)) return { refusal: { message: 'No JSON payload in request' } }
  const read = waiverSchema.safeParse(body)
  const whole = wholeFault(body)
  const faults = [
    ...(read.success ? [] : refusedFields(body, read.error)),
    ...(whole === null ? [] : [refusedWhole(body, whole)]),
  ]
  if (!read.success || faults.length > 0) return { refusal: { validation_error: faults } }
  const result = typeof read.data.result_id === 'number' ? resultById(read.data.result_id) : null
  if (result === undefined) return { refusal: { message: 'Result id not found in Resultsdb' } }
  const about = readAbout(read.data, result)
  if (about === null) return { refusal: { validation_error: [refusedWhole(body, NO_SUBJECT)] } }
  return {
    request: {
      ...about,
      subjectType: about.subjectType === 'brew-build' ? 'koji_build' : about.subjectType,
      productVersion: read.data.product_version,
      comment: read.data.comment,
      waived: read.data.waived,
      username: read.data.username || null,
    },
  }
}

/** Checks fields that exclude or need each other; an empty text counts as a missing field. */
function wholeFault(body: Record<string, unknown>): string | null {
  const has = (...names: string[]) =>
    names.filter((name) => body[name] !== undefined && body[name] !== null && body[name] !== '').length
  const pair = has('subject_identifier', 'subject_type')
  if (has('result_id')) {
    if (!has('subject_identifier', 'subject_type', 'subject', 'testcase', 'scenario')) return null
    return 'result_id argument should not be used together with arguments: subject_identifier, subject_type, subject, testcase, scenario'
  }
  if (has('subject') && pair > 0)
    return 'subject argument should not be used together with arguments: subject_identifier, subject_type'
  if (isJsonObject(body.subject) ? !subjectOf(body.subject) : !has('subject') && pair < 2) return NO_SUBJECT
  return has('testcase') ? null : 'Argument testcase is missing'
}

type Subject = Pick<LabWaiver, 'subjectType' | 'subjectIdentifier'>
type About = Subject & Pick<LabWaiver, 'testCase' | 'scenario'>

function readAbout(body: Body, result: LabResult | null): About | null {
  const subject = subjectOf(
    result
      ? Object.fromEntries(Object.entries(result.data).map(([key, values]) => [key, values[0]]))
      : (body.subject ?? { type: body.subject_type, item: body.subject_identifier }),
  )
  const testCase = result?.testCase ?? body.testcase ?? ''
  const scenario = (result ? result.data.scenario?.[0] : body.scenario) || null
  return subject && { ...subject, testCase, scenario }
}

/** The subject in its old form, which results use too; null without a subject. */
function subjectOf(keys: Record<string, unknown>): Subject | null {
  const forms = [
    { subjectType: 'compose', subjectIdentifier: textOf(keys['productmd.compose.id']) },
    { subjectType: 'koji_build', subjectIdentifier: textOf(keys.original_spec_nvr) },
    { subjectType: textOf(keys.type), subjectIdentifier: textOf(keys.item) },
  ]
  return forms.find((form) => form.subjectType !== '' && form.subjectIdentifier !== '') ?? null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
