import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chainsOfRequested } from '../../../../../src/domain/rebuild/discover/named-chains.ts'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { node } from '../../../../support/rebuild/planned-images.ts'

const IMAGES = 10
const nvrOf = (n: number) => `image${n % 5}-1-${n}`

/** Images with arbitrary parents (cycles too), of which those with a requested name are rebuilt. */
const anyImages = fc
  .record({
    parents: fc.array(fc.option(fc.nat(IMAGES + 1)), { minLength: IMAGES, maxLength: IMAGES }),
    names: fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }),
    rebuilt: fc.subarray(Array.from({ length: IMAGES }, (_, n) => n)),
    releasedOnly: fc.boolean(),
  })
  .map(({ parents, names, rebuilt, releasedOnly }) => {
    const newest = new Set(names.map((name) => name + 5))
    const nodes = parents.map((parent, n): PlanNode => {
      const cause = { branch: 'a', requested: names.includes(n % 5) }
      const chosen = { directlyAffected: newest.has(n), latestReleased: newest.has(n) }
      return node(nvrOf(n), parent === null ? null : nvrOf(parent), { cause, ...chosen })
    })
    return { nodes, rules: { rebuilt: new Set(rebuilt.map(nvrOf)), releasedOnly } }
  })

it('rebuilds only what is requested or has a requested ancestor, and gives a reason for everything else', () => {
  fc.assert(
    fc.property(anyImages, ({ nodes, rules }) => {
      const { nodes: left, considered } = chainsOfRequested(nodes, rules)
      const names = [...left.map(({ image }) => image.nvr), ...considered.map(({ nvr }) => nvr)]
      expect(names.toSorted()).toEqual(nodes.map(({ image }) => image.nvr).toSorted())
      const byNvr = new Map(left.map((each) => [each.image.nvr, each]))
      for (const each of left) {
        expect(rules.rebuilt.has(each.image.nvr)).toBe(false)
        let current: PlanNode | undefined = each
        while (current && !current.cause.requested && byNvr.has(current.parentNvr ?? ''))
          current = byNvr.get(current.parentNvr ?? '')
        const endsOn = current?.parentNvr ?? ''
        expect(current?.cause.requested || rules.rebuilt.has(endsOn)).toBe(true)
      }
      const plan = planBuilds({ nodes: left, durations: new Map(), medianDurationS: 1 })
      const order = plan.builds.map(({ originalNvr }) => originalNvr)
      for (const { originalNvr, depOn, rebuildReason } of plan.builds) {
        expect(rebuildReason).toBe('unknown')
        if (depOn) expect(order.indexOf(depOn)).toBeLessThan(order.indexOf(originalNvr))
      }
    }),
  )
})
