/** Parses the subjects of a request, in either of their two forms (behaviour/greenwave 2.3, 3.1). */
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { MAX_TEXT } from '../../domain/gate/request/limits.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import {
  type SubjectType,
  type SubjectTypes,
  subjectTypeNamed,
} from '../../domain/gate/subject/subject-type.ts'
import { isJsonObject } from '../../lib/json.ts'
import { isFalsy, type JsonObject, lookupIn } from '../notation/json.ts'

const NOT_A_STRING = 'Subject item/identificator must be a string'

/** The subjects before the first malformed one, and what is wrong with that one. */
export type ParsedSubjects = { subjects: readonly Subject[]; malformed: DecisionError | null }

/** Reads `subject`, or else `subject_type` and `subject_identifier`. Never throws. */
export function parseSubjects(body: JsonObject, types: SubjectTypes, max: number): ParsedSubjects {
  const subjects: Subject[] = []
  try {
    for (const read of readers(body, types, max)) subjects.push(read())
    return { subjects, malformed: null }
  } catch (error) {
    if (error instanceof DecisionError) return { subjects, malformed: error }
    throw error
  }
}

/** The subject with that type name, which may be an alias, and that identifier. */
export function subjectFromName(types: SubjectTypes, type: unknown, identifier: unknown): Subject {
  if (typeof identifier !== 'string') throw bad(NOT_A_STRING)
  if (typeof type !== 'string') throw bad('Invalid subject_type, must be a string')
  return subjectOf(subjectTypeNamed(types, type), identifier)
}

/** The subject that key-value pairs describe: those of a request's entry, or the data of a result. */
export function subjectFromPairs(types: SubjectTypes, pairs: JsonObject): Subject {
  const value = lookupIn(pairs)
  const named = value('type')
  for (const type of types.all) {
    const mayBe = isFalsy(named) || named === type.id
    const identifier = mayBe && type.itemKey !== null ? value(type.itemKey) : undefined
    if (!isFalsy(identifier)) return subjectOf(type, identifier)
  }
  if (!isFalsy(named) && !isFalsy(value('item'))) return subjectFromName(types, named, value('item'))
  throw bad('Could not detect subject_identifier')
}

function subjectOf(type: SubjectType, identifier: unknown): Subject {
  if (typeof identifier !== 'string') throw bad(NOT_A_STRING)
  const length = Math.max(type.id.length, identifier.length)
  if (length > MAX_TEXT)
    throw bad(`Subject type and identifier must not be longer than ${MAX_TEXT} characters`)
  return { type, identifier }
}

function readers(body: JsonObject, types: SubjectTypes, max: number): (() => Subject)[] {
  const value = lookupIn(body)
  const list = value('subject')
  if (list !== undefined) return entriesOf(list, max).map((pairs) => () => subjectFromPairs(types, pairs))
  for (const name of ['subject_type', 'subject_identifier']) {
    if (value(name) === undefined) throw bad(`Missing required "${name}" parameter`)
  }
  return [() => subjectFromName(types, value('subject_type'), value('subject_identifier'))]
}

function entriesOf(list: unknown, max: number): readonly JsonObject[] {
  const isList = Array.isArray(list) && list.length > 0 && list.every(isJsonObject)
  if (!isList) throw bad('Invalid subject, must be a list of dicts')
  if (list.length > max) throw bad(`Invalid subject, must not list more than ${max} subjects`)
  return list
}

function bad(message: string): DecisionError {
  return new DecisionError('bad-request', message)
}
