/** Reading the body that creates waivers, with the refusals of the original (spec/greenwave 8.4). */
import { isObject, missingField, type ValidationError } from '../resultsdb/create.ts'
import type { LabResult } from '../resultsdb/state.ts'
import type { LabWaiver } from './state.ts'

/** A waiver as it was sent; `username` is set when it is given in somebody's name. */
export type WaiverRequest = Pick<
  LabWaiver,
  'subjectType' | 'subjectIdentifier' | 'testCase' | 'scenario' | 'productVersion' | 'waived' | 'comment'
> & { username: string | null }

/** A message, or the refused fields. */
export type WaiverRefusal = { message: string } | { validation_error: ValidationError[] }

type Read = { request: WaiverRequest } | { refusal: WaiverRefusal }
type Body = Record<string, unknown>

/** One waiver; `resultById` serves the old form that names a result. */
export function readWaiverRequest(body: unknown, resultById: (id: number) => LabResult | undefined): Read {
  if (!isObject(body)) return { refusal: { message: 'No JSON payload in request' } }
  const faults = [...fieldFaults(body), ...subjectFaults(body)]
  if (faults.length > 0) return { refusal: { validation_error: faults } }
  const about = readAbout(body, resultById)
  if (about === null) return { refusal: { message: 'Result id not found in Resultsdb' } }
  return {
    request: {
      ...about,
      subjectType: about.subjectType === 'brew-build' ? 'koji_build' : about.subjectType,
      productVersion: String(body.product_version),
      comment: String(body.comment),
      waived: body.waived !== false,
      username: textOf(body.username) || null,
    },
  }
}

function fieldFaults(body: Body): ValidationError[] {
  return ['product_version', 'comment']
    .filter((name) => !textOf(body[name]))
    .map((name) => missingField(name, body))
}

function subjectFaults(body: Body): ValidationError[] {
  const has = (...names: string[]) => names.filter((name) => body[name] !== undefined && body[name] !== null)
  const wholeFault = (message: string): ValidationError => ({
    loc: [],
    msg: `Value error, ${message}`,
    type: 'value_error',
    input: body,
    url: 'https://errors.pydantic.dev/2.6/v/value_error',
  })
  const pair = has('subject_identifier', 'subject_type')
  if (has('result_id').length > 0)
    return has('subject_identifier', 'subject_type', 'subject', 'testcase', 'scenario').length > 0
      ? [
          wholeFault(
            'result_id argument should not be used together with arguments: subject_identifier, subject_type, subject, testcase, scenario',
          ),
        ]
      : []
  if (has('subject').length > 0 && pair.length > 0)
    return [
      wholeFault(
        'subject argument should not be used together with arguments: subject_identifier, subject_type',
      ),
    ]
  if (has('subject').length === 0 && pair.length < 2)
    return [
      wholeFault(
        'subject must be defined using result_id or subject or both subject_identifier, subject_type',
      ),
    ]
  return has('testcase').length === 0 ? [wholeFault('Argument testcase is missing')] : []
}

type About = Pick<LabWaiver, 'subjectType' | 'subjectIdentifier' | 'testCase' | 'scenario'>

function readAbout(body: Body, resultById: (id: number) => LabResult | undefined): About | null {
  if (body.result_id !== undefined) {
    const result = resultById(Number(body.result_id))
    if (!result) return null
    const keys = Object.fromEntries(Object.entries(result.data).map(([key, values]) => [key, values[0]]))
    const scenario = result.data.scenario?.[0] ?? null
    return { ...subjectOf(keys), testCase: result.testCase, scenario }
  }
  const subject = isObject(body.subject)
    ? subjectOf(body.subject)
    : { subjectType: textOf(body.subject_type), subjectIdentifier: textOf(body.subject_identifier) }
  return { ...subject, testCase: textOf(body.testcase), scenario: textOf(body.scenario) || null }
}

/** The old form of a subject, which is also how results name theirs. */
function subjectOf(keys: Body): Pick<LabWaiver, 'subjectType' | 'subjectIdentifier'> {
  if (keys['productmd.compose.id'])
    return { subjectType: 'compose', subjectIdentifier: textOf(keys['productmd.compose.id']) }
  if (keys.original_spec_nvr)
    return { subjectType: 'koji_build', subjectIdentifier: textOf(keys.original_spec_nvr) }
  return { subjectType: textOf(keys.type), subjectIdentifier: textOf(keys.item) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
