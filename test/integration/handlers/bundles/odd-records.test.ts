/** One odd member in the answers about one bundle: the plan of the other bundle stays the same, none is lost without a reason. */
import { describe, expect, it } from 'vitest'
import { NotReady } from '../../../../src/lib/errors.ts'
import { memberAt, ODD_VALUES, type Path, pathsIn, replaced, seeded } from '../../../support/lab/mutants.ts'
import { bundlesForTest, HTTPD } from '../../../support/rebuild/bundles.ts'

const FROZEN = 'frozen-bundle-container-3.0.0-7'
const SETTINGS = 'bundle_autorebuild_tag_exceptions: [frozen-bundle-container-3.0.0]'
/** About this many members of each answer are replaced. */
const MAX_MEMBERS = 5

/** The member belongs to a record that is about the odd bundle alone. A list that is not whole is waited for, whatever is in it. */
function isOfOdd(json: unknown, path: Path): boolean {
  if (path.join() === 'data') return false
  return path.some((_step, length) => {
    const text = JSON.stringify(memberAt(json, path.slice(0, length))) ?? ''
    return text.includes('storefront-bundle') && !text.includes('frozen-bundle') && !text.includes(HTTPD)
  })
}

/** A text may be a valid answer about something else, and what is missing may not exist. */
const isUnreadable = (value: unknown) => value !== undefined && value !== null && typeof value !== 'string'

describe('an odd member of an answer', () => {
  it.each(['pyxis-rest', 'product-pages', 'koji'])(
    'of %s costs at most the bundle it is about',
    async (service) => {
      const bundles = await bundlesForTest({ settings: SETTINGS })
      await bundles.shipHttpd()
      const answers = new Map<string, unknown>()
      bundles.world.mutate = (from, operation, json) => {
        if (from === service) answers.set(`${operation} ${JSON.stringify(json)}`, json)
        return json
      }
      const outcome = async () => {
        const { state, stateReason, builds, why } = await bundles.run({ messageId: crypto.randomUUID() })
        const frozen = builds.find(({ originalNvr }) => originalNvr === FROZEN)
        return {
          state,
          named: [stateReason, ...Object.values(why)].join(),
          why,
          builds,
          frozen: frozen && [frozen.state, frozen.stateReason],
        }
      }
      const correct = await outcome()
      expect(correct.frozen).toBeDefined()
      const choose = seeded(service.length)
      let turn = 0
      for (const [name, json] of answers) {
        const paths = pathsIn(json)
        for (const path of paths.filter(() => choose(paths.length) < MAX_MEMBERS)) {
          const value = ODD_VALUES[turn++ % ODD_VALUES.length]
          const sent = service === 'koji' && typeof value === 'string' ? 'odd' : value
          bundles.world.mutate = (from, operation, answered) =>
            from === service && `${operation} ${JSON.stringify(answered)}` === name
              ? replaced(answered, path, sent)
              : answered
          const where = `${name.slice(0, 80)} ${path.join('.')} = ${JSON.stringify(value)}`
          try {
            const { state, frozen, builds, why, named } = await outcome()
            expect(['BUILDING', 'SKIPPED', 'FAILED'], where).toContain(state)
            if (isOfOdd(json, path)) expect(frozen, where).toEqual(correct.frozen)
            const lost = correct.builds.filter(
              ({ originalNvr }) => !builds.some((build) => build.originalNvr === originalNvr),
            )
            const unnamed = lost.filter(({ originalNvr }) => !why[originalNvr ?? ''])
            if (unnamed.length > 0 && isUnreadable(value))
              expect(named, where).toMatch(/cannot be read|at 'data'|not a semantic|without-build/)
          } catch (error) {
            if (!(error instanceof NotReady) || isOfOdd(json, path)) throw new Error(where, { cause: error })
          }
        }
      }
      expect(turn).toBeGreaterThan(3)
    },
  )
})
