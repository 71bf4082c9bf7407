/** The state of the results database: results, test cases and groups (behaviour/greenwave 8.2). */
import { randomUUID } from 'node:crypto'
import { pushTo } from '../../push-to.ts'

/** One result. Values of `data` are always lists, also when a single value was sent. */
export type LabResult = {
  id: number
  testCase: string
  groups: readonly string[]
  outcome: string
  note: string | null
  refUrl: string | null
  /** `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC: sorts as text. */
  submittedAt: string
  data: Readonly<Record<string, readonly string[]>>
}

/** The whole content of the database. */
export type ResultsDbState = {
  results: LabResult[]
  /** Results by key and value of their data, oldest first; see `dataIndexKey`. */
  byData: Map<string, LabResult[]>
  /** By name. */
  testCases: Map<string, { refUrl: string | null }>
  groups: Map<string, { description: string | null; refUrl: string | null }>
  outcomes: readonly string[]
}

/** A result to add; omitted fields are empty. */
export type NewResult = Pick<LabResult, 'testCase' | 'outcome' | 'submittedAt'> &
  Partial<Pick<LabResult, 'note' | 'refUrl' | 'data' | 'groups'>>

/** A database without results, with the outcomes of installations that are used with a gate. */
export function createResultsDbState(): ResultsDbState {
  return {
    results: [],
    byData: new Map(),
    testCases: new Map(),
    groups: new Map(),
    outcomes: ['PASSED', 'INFO', 'FAILED', 'NEEDS_INSPECTION', 'QUEUED', 'RUNNING', 'ERROR'],
  }
}

/** Adds a result, and its test case and groups if they do not exist. */
export function addResult(state: ResultsDbState, fields: NewResult): LabResult {
  const result: LabResult = {
    note: null,
    refUrl: null,
    data: {},
    groups: [],
    ...fields,
    id: state.results.length + 1,
  }
  state.results.push(result)
  putTestCase(state, result.testCase)
  for (const uuid of result.groups) putGroup(state, { uuid })
  for (const [key, values] of Object.entries(result.data))
    for (const value of new Set(values)) pushTo(state.byData, dataIndexKey(key, value), result)
  return result
}

/** The key of `byData`; it is unambiguous because keys of data contain no colon. */
export function dataIndexKey(key: string, value: string): string {
  return `${key}:${value}`
}

/** Adds a test case, or updates the address of an existing one. */
export function putTestCase(state: ResultsDbState, name: string, refUrl?: string): void {
  state.testCases.set(name, { refUrl: refUrl ?? state.testCases.get(name)?.refUrl ?? null })
}

/** Adds or updates a group, and returns its uuid. */
export function putGroup(
  state: ResultsDbState,
  { uuid = randomUUID(), description, refUrl }: { uuid?: string; description?: string; refUrl?: string },
): string {
  const known = state.groups.get(uuid)
  state.groups.set(uuid, {
    description: description ?? known?.description ?? null,
    refUrl: refUrl ?? known?.refUrl ?? null,
  })
  return uuid
}
