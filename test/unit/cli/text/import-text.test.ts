/** The report of an import for people. */
import { expect, it } from 'vitest'
import { conflictText, drawReport } from '../../../../src/cli/text/import-text.ts'
import { addConflicts, addRefused, emptyReport } from '../../../../src/domain/import/report.ts'

it('the report names the first thousand of the rows that are refused, and counts the others', () => {
  const report = emptyReport()
  for (let id = 1; id <= 1005; id += 1)
    addRefused(report, { table: 'events', id: String(id), reason: 'is\todd' })
  const text = drawReport(report, false)
  expect(text).toContain('events                   0         0             0         1005\n')
  expect(text).toContain('\n  events 1: is\\x09odd\n')
  expect(text).toMatch(/ {2}events 1000: .*\n {2}and 5 more\n$/)
})

it('the report names ten of the conflicts, and counts the others', () => {
  const report = emptyReport()
  const conflict = { table: 'users', id: 1, here: 'username a', there: 'username b' } as const
  addConflicts(
    report,
    Array.from({ length: 1500 }, () => conflict),
  )
  expect(conflictText(report).split('\n')).toHaveLength(13)
  expect(conflictText(report)).toContain('  users 1: here username a, in Freshmaker username b\n')
  expect(conflictText(report)).toContain('  and 1490 more\n')
})
