/** Whatever rows come in whatever order: nothing is lost, nothing is twice, and a second import changes nothing. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgeRows } from '../../../../src/domain/import/judge-rows.ts'
import type { BuildRow } from '../../../../src/domain/import/rows.ts'
import { importedBuild } from '../../../support/database/imported-rows.ts'

const small = fc.integer({ min: 1, max: 8 })
const nvr = fc.option(fc.constantFrom('a-1-1', 'b-1-1', 'c-1-1', 'd-1-1'))
const fields = fc.record({ id: small, eventId: fc.option(small), originalNvr: nvr, rebuiltNvr: nvr })
/** Builds as a table has them: each id once. */
const builds = fc
  .uniqueArray(fields, { selector: ({ id }) => id })
  .map((rows) => rows.map((row) => importedBuild(row)))

const uniqueValues = ({ eventId, originalNvr, rebuiltNvr }: BuildRow) => [
  ...(eventId !== null && originalNvr !== null ? [`${eventId} ${originalNvr}`] : []),
  ...(rebuiltNvr === null ? [] : [`rebuilt ${rebuiltNvr}`]),
]

it('every row is new, here or refused, and what is here afterwards is unique', () => {
  fc.assert(
    fc.property(builds, builds, (first, second) => {
      const here = judgeRows('artifact_builds', first, []).fresh
      const { fresh, present, refused } = judgeRows('artifact_builds', second, here)
      expect([...fresh, ...present, ...refused].map(({ id }) => id).sort()).toEqual(
        second.map(({ id }) => id).sort(),
      )
      const after = [...here, ...fresh]
      expect(new Set(after.map(({ id }) => id)).size).toBe(after.length)
      const values = after.flatMap(uniqueValues)
      expect(new Set(values).size).toBe(values.length)
    }),
  )
})

it('in any two batches the same rows are imported as in one, and a second import finds them all', () => {
  fc.assert(
    fc.property(builds, fc.nat(8), (rows, cut) => {
      const whole = judgeRows('artifact_builds', rows, [])
      const first = judgeRows('artifact_builds', rows.slice(0, cut), [])
      const second = judgeRows('artifact_builds', rows.slice(cut), first.fresh)
      expect([...first.fresh, ...second.fresh]).toEqual(whole.fresh)
      const again = judgeRows('artifact_builds', rows, whole.fresh)
      expect([again.fresh, again.present]).toEqual([[], whole.fresh])
    }),
  )
})
