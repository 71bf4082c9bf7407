/** Which rows can be imported, by the rows that they refer to. */
import { describe, expect, it } from 'vitest'
import { noIdsSeen, referenceStateOf, type SeenIds } from '../../../../src/domain/import/references.ts'
import type { ImportedRows, ImportedTable } from '../../../../src/domain/import/rows.ts'

const SEEN: SeenIds = {
  events: new Set([1]),
  composes: new Set([5]),
  builds: new Set([10]),
  runningEvents: new Set([2]),
  runningBuilds: new Set([20]),
}
const READY = { kind: 'ready' }
const RUNNING = { kind: 'running' }
const missing = (thing: string) => ({ kind: 'missing', what: `its ${thing} is not imported` })

/** The references of a row alone matter. */
const stateOf = <T extends ImportedTable>(table: T, row: Partial<ImportedRows[T]>, seen = SEEN) =>
  referenceStateOf(table, row as ImportedRows[T], seen)

describe('a row', () => {
  it.each(['users', 'events', 'composes'] as const)('of %s refers to nothing', (table) => {
    expect(stateOf(table, {}, noIdsSeen())).toEqual(READY)
  })

  it('before all others finds nothing that it refers to', () => {
    expect(stateOf('artifact_builds', { eventId: 1 }, noIdsSeen())).toEqual(missing('event 1'))
    const buildCompose = { buildId: 10, composeId: 5 }
    expect(stateOf('artifact_build_composes', buildCompose, noIdsSeen())).toEqual(missing('build 10'))
  })

  it.each([
    [null, READY],
    [1, READY],
    [2, RUNNING],
    [3, missing('event 3')],
  ])('of a build needs its event: %s', (eventId, expected) => {
    expect(stateOf('artifact_builds', { eventId })).toEqual(expected)
  })

  it.each([
    [10, 5, READY],
    [10, 6, missing('compose 6')],
    [20, 6, RUNNING],
    [30, 5, missing('build 30')],
  ])('of a compose of a build needs both: %d, %d', (buildId, composeId, expected) => {
    expect(stateOf('artifact_build_composes', { buildId, composeId })).toEqual(expected)
  })

  it.each([
    [1, 1, READY],
    [1, 2, RUNNING],
    [2, 3, RUNNING],
    [1, 3, missing('event 3')],
    [3, 1, missing('event 3')],
  ])('of a dependency needs both events: %d, %d', (eventId, dependsOnId, expected) => {
    expect(stateOf('event_dependencies', { eventId, dependsOnId })).toEqual(expected)
  })
})
