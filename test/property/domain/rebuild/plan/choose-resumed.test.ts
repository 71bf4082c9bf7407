import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseBuilds, type EndedBuild } from '../../../../../src/domain/rebuild/plan/choose-resumed.ts'

/** A forest in any mixture of final states: each build depends on an earlier one or on none. */
const forest: fc.Arbitrary<EndedBuild[]> = fc
  .array(fc.record({ parent: fc.nat(20), state: fc.constantFrom('DONE', 'FAILED', 'CANCELED') }), {
    maxLength: 20,
  })
  .map((rows) =>
    rows.map(({ parent, state }, n) => ({ id: n + 1, state, depOnId: parent < n ? parent + 1 : null })),
  )
const named = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 })

/** Checks `holds` for the chosen builds of many forests. */
function always(holds: (chosen: ReadonlySet<number>, builds: EndedBuild[], names: number[]) => void): void {
  fc.assert(
    fc.property(forest, named, (builds, names) => {
      holds(new Set(chooseBuilds(builds, names)), builds, names)
    }),
  )
}

describe('the builds of a resumed event', () => {
  it('are never DONE', () => {
    always((chosen, builds) => {
      for (const { id, state } of builds) if (state === 'DONE') expect(chosen).not.toContain(id)
    })
  })

  it('include everything unfinished that is built on them', () => {
    always((chosen, builds) => {
      for (const { id, state, depOnId } of builds)
        if (state !== 'DONE' && chosen.has(depOnId ?? 0)) expect(chosen).toContain(id)
    })
  })

  it('are built on others of them, on builds that are DONE, or on existing images', () => {
    always((chosen, builds) => {
      const done = new Set(builds.filter(({ state }) => state === 'DONE').map(({ id }) => id))
      for (const { id, depOnId } of builds)
        if (chosen.has(id) && depOnId !== null) expect(chosen.has(depOnId) || done.has(depOnId)).toBe(true)
    })
  })

  it('include what is named, unless it is DONE', () => {
    always((chosen, builds, names) => {
      for (const { id, state } of builds)
        if (names.includes(id) && state !== 'DONE') expect(chosen).toContain(id)
    })
  })

  it('include every failed build that is not built on a canceled one, if none is named', () => {
    always((chosen, builds, names) => {
      if (names.length > 0) return
      const byId = new Map(builds.map((build) => [build.id, build]))
      const isFree = ({ depOnId }: EndedBuild): boolean => {
        const parent = depOnId === null ? undefined : byId.get(depOnId)
        return !parent || parent.state === 'DONE' || (parent.state === 'FAILED' && isFree(parent))
      }
      for (const build of builds)
        if (build.state === 'FAILED' && isFree(build)) expect(chosen).toContain(build.id)
    })
  })

  it('are empty if nothing failed and none is named', () => {
    always((chosen, builds, names) => {
      if (names.length === 0 && builds.every(({ state }) => state !== 'FAILED')) expect(chosen.size).toBe(0)
    })
  })
})
