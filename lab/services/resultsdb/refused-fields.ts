/** Reports invalid fields of a body in Pydantic's form (behaviour/greenwave 8.2, 8.4). */
import type { z } from 'zod'
import { isJsonObject } from '../../../src/lib/json.ts'

/** One refused field; an empty `loc` refers to the whole body. */
export type ValidationError = {
  loc: (string | number)[]
  msg: string
  type: string
  input: unknown
  url: string
}

type Issue = z.core.$ZodIssue
type Fault = Pick<ValidationError, 'type' | 'msg'>

const WRONG_TYPES: Readonly<Record<string, Fault>> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  boolean: { type: 'bool_type', msg: 'Input should be a valid boolean' },
  number: { type: 'int_type', msg: 'Input should be a valid integer' },
  int: { type: 'int_type', msg: 'Input should be a valid integer' },
  array: { type: 'list_type', msg: 'Input should be a valid list' },
  object: { type: 'dict_type', msg: 'Input should be a valid dictionary' },
  record: { type: 'dict_type', msg: 'Input should be a valid dictionary' },
}

/** The errors that a schema found in a body; those without an entry here keep the schema's message. */
export function refusedFields(body: unknown, { issues }: z.ZodError): ValidationError[] {
  return issues.map((issue) => {
    const loc = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    const input = valueAt(body, loc)
    return input === undefined
      ? refusal(loc, { type: 'missing', msg: 'Field required' }, valueAt(body, loc.slice(0, -1)))
      : refusal(loc, faultOf(issue), input)
  })
}

/** The refusal of a body whose fields are valid one by one but not together. */
export function refusedWhole(body: unknown, message: string): ValidationError {
  return refusal([], valueError(message), body)
}

function refusal(loc: ValidationError['loc'], { msg, type }: Fault, input: unknown): ValidationError {
  return { loc, msg, type, input, url: `https://errors.pydantic.dev/2.6/v/${type}` }
}

function faultOf(issue: Issue): Fault {
  const wrongType = issue.code === 'invalid_type' ? WRONG_TYPES[issue.expected] : undefined
  if (wrongType) return wrongType
  if (issue.code === 'too_small' && issue.origin === 'array')
    return {
      type: 'too_short',
      msg: `List should have at least ${counted(issue.minimum, 'item')} after validation, not 0`,
    }
  if (issue.code === 'too_small')
    return {
      type: 'string_too_short',
      msg: `String should have at least ${counted(issue.minimum, 'character')}`,
    }
  if (issue.code === 'too_big')
    return {
      type: 'string_too_long',
      msg: `String should have at most ${counted(issue.maximum, 'character')}`,
    }
  return valueError(issue.message)
}

function valueError(message: string): Fault {
  return { type: 'value_error', msg: `Value error, ${message}` }
}

function counted(number: number | bigint, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function valueAt(body: unknown, loc: ValidationError['loc']): unknown {
  return loc.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)]
    return isJsonObject(value) ? value[part] : undefined
  }, body)
}
