import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Consideration } from '../../../../../src/domain/rebuild/consideration.ts'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { type Plan, type PlannedBuild, planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { image, node, rebuilds } from '../../../../support/rebuild/planned-images.ts'

const IMAGES = 12
/** Four names: images with the same name are releases of one image. */
const nvrOf = (n: number) => `image-${n % 4}-1-${n}`
/** The fields that are equal in all nodes of an image. */
const factsOf = (n: number): Partial<PlanNode> => ({
  image: image(nvrOf(n), { contentSets: n % 3 === 0 ? [] : [`sets-${n}`] }),
  groupRepositories: n % 5 === 0 ? [] : [`product/${n % 4}`],
})
/** A newer release of the same name outside the plan, like one that has the fix. */
const fixedReleaseOf = (n: number) => fc.constantFrom(null, null, `image-${n % 4}-1-${n + 100}`)
/** A newer release of the same name that may itself be in the plan. */
const newerBaseOf = (n: number) =>
  fc.constantFrom(null, null, `image-${n % 4}-1-${n + 200}`, ...(n + 4 <= IMAGES ? [nvrOf(n + 4)] : []))

/** Nodes with arbitrary parents: trees, cycles, parents outside the plan, several nodes of one image. */
const anyNodes: fc.Arbitrary<PlanNode[]> = fc.array(
  fc.nat(IMAGES).chain((n) =>
    fc
      .record({
        parent: fc.option(fc.nat(IMAGES + 2)),
        directlyAffected: fc.boolean(),
        latestReleased: fc.boolean(),
        fixedRelease: fixedReleaseOf(n),
        newerBase: newerBaseOf(n),
        error: fc.option(fc.constantFrom('boom', 'crash'), { freq: 6 }),
        published: fc.constantFrom(true, false, null),
      })
      .map(({ parent, ...over }) =>
        node(nvrOf(n), parent === null ? null : nvrOf(parent), { ...factsOf(n), ...over }),
      ),
  ),
  { maxLength: 30 },
)
const durations = fc.dictionary(fc.constantFrom('image-0', 'image-1', 'image-2'), fc.nat(1000))
const reused = fc.array(fc.nat(IMAGES), { maxLength: 2 })

const input = fc
  .record({ nodes: anyNodes, durations, reused, releasedDependenciesOnly: fc.boolean() })
  .map(({ nodes, durations: seconds, reused: done, releasedDependenciesOnly }) => ({
    nodes,
    durations: new Map(Object.entries(seconds)),
    medianDurationS: 100,
    rebuiltByDependencies: rebuilds(done.map((n) => [nvrOf(n), `${nvrOf(n)}.1600000000`])),
    releasedDependenciesOnly,
  }))
type Input = typeof input extends fc.Arbitrary<infer T> ? T : never

const shuffled = <T>(items: readonly T[]) =>
  fc.array(fc.nat(), { minLength: items.length, maxLength: items.length }).map((keys) =>
    items
      .map((item, n) => ({ item, key: keys[n] ?? 0 }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ item }) => item),
  )

const RUNS = { numRuns: 1000 }
const holds = (check: (plan: Plan, input: Input) => void) =>
  fc.assert(
    fc.property(input, (drawn) => check(planBuilds(drawn), drawn)),
    RUNS,
  )
/** Replaced images and their replacements, according to the reasons. */
const replacementsOf = (considered: readonly Consideration[]) =>
  new Map(
    considered.flatMap(({ nvr, details }) =>
      details?.['replacedBy'] === undefined ? [] : [[nvr, String(details['replacedBy'])] as const],
    ),
  )
/** Follows replacements that are themselves replaced. */
const lastReplacement = (replacements: ReadonlyMap<string, string>, nvr: string): string => {
  const next = replacements.get(nvr)
  return next === undefined ? nvr : lastReplacement(replacements, next)
}
const releaseNumber = (build: PlannedBuild) => Number(/-(\d+)$/.exec(build.originalNvr)?.[1])
const byNvr = (builds: PlannedBuild[]) => new Map(builds.map((build) => [build.originalNvr, build]))

describe('a plan for any images', () => {
  it('has each image at most once, and a single reason for every image', () => {
    holds(({ builds, considered }, { nodes }) => {
      expect(byNvr(builds).size).toBe(builds.length)
      const nvrs = [...new Set(nodes.map(({ image: { nvr } }) => nvr))].toSorted()
      expect(considered.map(({ nvr }) => nvr).toSorted()).toEqual(nvrs)
      for (const { reason } of considered) expect(reason).not.toBe('')
    })
  })

  it('has each parent before its children', () => {
    holds(({ builds }) => {
      const seen = new Set<string>()
      for (const build of builds) {
        if (build.depOn !== null) expect(seen.has(build.depOn)).toBe(true)
        seen.add(build.originalNvr)
      }
    })
  })

  it('builds each image on its parent or the replacement of its parent', () => {
    holds(({ builds, considered }, { nodes, rebuiltByDependencies }) => {
      const planned = byNvr(builds)
      const replacements = replacementsOf(considered)
      const lastOf = (nvr: string) => rebuiltByDependencies.get(nvr)?.nvr ?? nvr
      for (const { originalNvr, depOn, buildArgs, stateReason } of builds) {
        const { originalParent } = buildArgs
        expect(depOn).toBe(originalParent !== null && planned.has(originalParent) ? originalParent : null)
        const parents = nodes
          .filter((candidate) => candidate.image.nvr === originalNvr)
          .map((candidate) => candidate.parentNvr)
        const allowed = parents.map((parent) =>
          parent === null ? null : lastOf(lastReplacement(replacements, parent)),
        )
        if (!stateReason?.includes('cycle')) expect(allowed).toContain(originalParent)
      }
    })
  })

  it('replaces no image by an older release, unless only released dependencies are allowed', () => {
    holds(({ considered }, { nodes, releasedDependenciesOnly }) => {
      const facts = new Map(nodes.map((candidate) => [candidate.image.nvr, candidate]))
      for (const { nvr, rule } of considered.filter((item) => item.rule === 'newer-release')) {
        const replacement = facts.get(String(replacementsOf(considered).get(nvr)))
        expect(Number(replacement?.image.release)).toBeGreaterThan(Number(facts.get(nvr)?.image.release))
        expect(replacement?.groupRepositories).toEqual(facts.get(nvr)?.groupRepositories)
        expect(rule === 'unreleased' && !releasedDependenciesOnly).toBe(false)
      }
    })
  })

  it('drops a directly affected image only if it was already rebuilt or another release replaces it', () => {
    holds(({ builds, considered }, { nodes, rebuiltByDependencies }) => {
      const planned = byNvr(builds)
      const replacements = replacementsOf(considered)
      for (const { image: found, directlyAffected } of nodes) {
        const last = lastReplacement(replacements, found.nvr)
        if (!directlyAffected || rebuiltByDependencies.has(last)) continue
        expect(planned.get(last)?.rebuildReason).toBe('directly_affected')
      }
    })
  })

  it('gives every image content sets if it, another release or an image built on it has any', () => {
    holds(({ builds }, { nodes }) => {
      const contentSetsOf = new Map(
        nodes.map((candidate) => [candidate.image.nvr, candidate.image.contentSets]),
      )
      for (const build of builds) {
        const sets = contentSetsOf.get(build.originalNvr) ?? []
        if (sets.length > 0) expect(build.contentSets).toEqual(sets)
        else if (builds.some((child) => child.depOn === build.originalNvr && child.contentSets.length > 0))
          expect(build.contentSets).not.toEqual([])
      }
    })
  })

  it('has only images that were found and their ancestors', () => {
    holds(({ builds }) => {
      const needed = new Set<string>()
      for (const build of builds.toReversed()) {
        const isCycle = build.stateReason?.includes('cycle')
        const isNeeded = build.rebuildReason === 'directly_affected' || needed.has(build.originalNvr)
        expect(isNeeded || isCycle).toBe(true)
        if (build.depOn !== null) needed.add(build.depOn)
      }
    })
  })

  it('plans nothing under a failed build, and gives every failure a reason', () => {
    holds(({ builds }) => {
      const planned = byNvr(builds)
      for (const build of builds) {
        const parent = build.depOn === null ? undefined : planned.get(build.depOn)
        if (parent?.state === 'FAILED') expect(build.state).toBe('FAILED')
        expect(build.stateReason === null).toBe(build.state === 'PLANNED')
        if (build.state === 'FAILED') expect(build.remainingPathS).toBe(0)
      }
    })
  })

  it('computes the longest remaining path', () => {
    holds(({ builds }, { durations: seconds, medianDurationS }) => {
      for (const build of builds.filter(({ state }) => state === 'PLANNED')) {
        const below = builds
          .filter(({ depOn }) => depOn === build.originalNvr)
          .map(({ remainingPathS }) => remainingPathS)
        const duration = seconds.get(build.name) ?? medianDurationS
        expect(build.remainingPathS).toBe(duration + Math.max(0, ...below))
      }
    })
  })

  it('does not depend on the order of the images, and is the same when made again', () => {
    const shuffles = input.chain((drawn) =>
      shuffled(drawn.nodes).map((nodes) => [drawn, { ...drawn, nodes }] as const),
    )
    fc.assert(
      fc.property(shuffles, ([left, right]) => {
        const first = planBuilds(left)
        expect(planBuilds(left)).toEqual(first)
        expect(planBuilds(right)).toEqual(first)
      }),
      RUNS,
    )
  })
})

describe('releases of one image', () => {
  /** Found images; each is built on one whose name precedes its own, so that nothing prevents uniting. */
  const orderly = fc
    .array(
      fc.record({ n: fc.nat(40), parent: fc.nat(40), latestReleased: fc.boolean() }).map((drawn) => {
        const parent = drawn.parent % 4 < drawn.n % 4 ? nvrOf(drawn.parent) : null
        return node(nvrOf(drawn.n), parent, { ...factsOf(drawn.n), latestReleased: drawn.latestReleased })
      }),
      { maxLength: 40 },
    )
    .map((nodes) => [...new Map(nodes.map((found) => [found.image.nvr, found])).values()])

  it('are united into the highest that is released, or else the highest', () => {
    fc.assert(
      fc.property(orderly, fc.boolean(), (nodes, releasedDependenciesOnly) => {
        const { builds } = planBuilds({
          nodes,
          durations: new Map(),
          medianDurationS: 1,
          releasedDependenciesOnly,
        })
        const keyOf = (candidate: PlanNode) => `${candidate.image.name} ${candidate.groupRepositories}`
        for (const [key, group] of Map.groupBy(nodes, keyOf)) {
          const numbers = group.map((member) => Number(member.image.release))
          const released = group
            .filter((member) => member.latestReleased)
            .map((member) => Number(member.image.release))
          const reference = Math.max(...(released.length > 0 ? released : numbers))
          const left = numbers.filter((n) => n === reference || (n > reference && !releasedDependenciesOnly))
          const built = builds
            .filter((build) =>
              nodes.some(
                (candidate) => candidate.image.nvr === build.originalNvr && keyOf(candidate) === key,
              ),
            )
            .map(releaseNumber)
          expect(built.toSorted()).toEqual(left.toSorted())
        }
      }),
      RUNS,
    )
  })
})

describe('a large plan', () => {
  /** A forest as in a distribution: a few bases, layers on them, most images near the leaves. */
  const forest = (size: number) =>
    Array.from({ length: size }, (_, n) => node(`img${n}-1-1`, n < 5 ? null : `img${Math.floor(n / 3)}-1-1`))

  it('has all of 10,000 images, parents first', () => {
    const { builds } = planBuilds({ nodes: forest(10_000), durations: new Map(), medianDurationS: 60 })
    const position = new Map(builds.map((build, index) => [build.originalNvr, index]))
    expect(position.size).toBe(10_000)
    const early = builds.filter((build, index) => (position.get(build.depOn ?? '') ?? -1) >= index)
    expect(early).toEqual([])
  })

  it('plans a single chain of 20,000 images', () => {
    const nodes = Array.from({ length: 20_000 }, (_, n) =>
      node(`img${n}-1-1`, n === 0 ? null : `img${n - 1}-1-1`),
    )
    const { builds } = planBuilds({ nodes: nodes.toReversed(), durations: new Map(), medianDurationS: 1 })
    expect(builds[0]).toMatchObject({ originalNvr: 'img0-1-1', remainingPathS: 20_000 })
    expect(builds.at(-1)).toMatchObject({ originalNvr: 'img19999-1-1', depOn: 'img19998-1-1' })
  })
})
