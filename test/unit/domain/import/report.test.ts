/** The counts of an import, and how many remarks it keeps. */
import { describe, expect, it } from 'vitest'
import {
  addChanged,
  addConflicts,
  addRefused,
  emptyReport,
  total,
} from '../../../../src/domain/import/report.ts'

const remark = { table: 'events', id: 1, reason: 'no' } as unknown as Parameters<typeof addRefused>[1] // kept unread
const conflict = {} as Parameters<typeof addConflicts>[1][number] // kept unread

describe('the report of an import', () => {
  it('begins empty, and counts each table by itself', () => {
    const report = emptyReport()
    expect([report.refused, report.changed, report.conflicts]).toEqual([[], [], []])
    report.counts.users.refused = 2
    addRefused(report, remark)
    expect([report.counts.events.refused, report.counts.composes.refused]).toEqual([1, 0])
    expect([total(report, 'refused'), total(report, 'imported')]).toEqual([3, 0])
  })

  it('counts everything, and keeps the first thousand remarks of a kind', () => {
    const report = emptyReport()
    for (let n = 0; n < 1001; n += 1) {
      addRefused(report, remark)
      addChanged(report, remark)
    }
    addConflicts(report, Array(999).fill(conflict))
    addConflicts(report, [conflict, conflict])
    expect([total(report, 'refused'), report.changedCount, report.conflictCount]).toEqual([1001, 1001, 1001])
    expect([report.refused, report.changed, report.conflicts].map(({ length }) => length)).toEqual([
      1000, 1000, 1000,
    ])
  })
})
