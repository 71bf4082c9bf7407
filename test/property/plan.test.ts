import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Plan, type PlannedBuild, planBuilds } from '../../src/domain/rebuild/plan.ts'
import type { PlanNode } from '../../src/domain/rebuild/plan-graph.ts'
import { node } from '../support/planned-images.ts'

const IMAGES = 12
const nvrOf = (n: number) => `image-${n % 4}-1-${n}`

/** Nodes with any parents at all: trees, cycles, parents outside the plan, the same image several times. */
const anyNodes: fc.Arbitrary<PlanNode[]> = fc.array(
  fc
    .record({
      n: fc.nat(IMAGES),
      parent: fc.option(fc.nat(IMAGES + 2)),
      directlyAffected: fc.boolean(),
      error: fc.option(fc.constantFrom('boom', 'crash'), { freq: 6 }),
      published: fc.constantFrom(true, false, null),
    })
    .map(({ n, parent, ...over }) => node(nvrOf(n), parent === null ? null : nvrOf(parent), over)),
  { maxLength: 30 },
)
const durations = fc.dictionary(fc.constantFrom('image-0', 'image-1', 'image-2'), fc.nat(1000))
const reused = fc.array(fc.nat(IMAGES), { maxLength: 2 })

const input = fc
  .record({ nodes: anyNodes, durations, reused })
  .map(({ nodes, durations: seconds, reused: done }) => ({
    nodes,
    durations: new Map(Object.entries(seconds)),
    medianDurationS: 100,
    rebuiltByDependencies: new Map(done.map((n) => [nvrOf(n), `${nvrOf(n)}.1600000000`])),
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
    fc.property(input, (one) => check(planBuilds(one), one)),
    RUNS,
  )
const byNvr = (builds: PlannedBuild[]) => new Map(builds.map((build) => [build.originalNvr, build]))

describe('a plan of any images', () => {
  it('has each image at most once, and accounts for every one exactly once', () => {
    holds(({ builds, considered }, { nodes }) => {
      expect(byNvr(builds).size).toBe(builds.length)
      const looked = [...new Set(nodes.map((one) => one.image.nvr))].toSorted()
      expect(considered.map((one) => one.nvr).toSorted()).toEqual(looked)
      for (const one of considered) expect(one.reason).not.toBe('')
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

  it('lets a build depend on the build of its own parent, and on nothing else', () => {
    holds(({ builds }, { nodes }) => {
      const planned = byNvr(builds)
      for (const { originalNvr, depOn, buildArgs, stateReason } of builds) {
        const parents = nodes.filter((one) => one.image.nvr === originalNvr).map((one) => one.parentNvr)
        if (depOn !== null) {
          expect(parents).toContain(depOn)
          expect(buildArgs.originalParent).toBe(depOn)
        } else if (buildArgs.originalParent !== null) {
          expect(planned.has(buildArgs.originalParent)).toBe(false)
        } else if (!stateReason?.includes('cycle')) {
          expect(parents.every((parent) => parent === null)).toBe(true)
        }
      }
    })
  })

  it('drops no directly affected image but one that was rebuilt already', () => {
    holds(({ builds }, { nodes, rebuiltByDependencies }) => {
      const planned = byNvr(builds)
      for (const { image, directlyAffected } of nodes) {
        if (directlyAffected && !rebuiltByDependencies.has(image.nvr))
          expect(planned.has(image.nvr)).toBe(true)
      }
    })
  })

  it('has only images that were found and ancestors of such images', () => {
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

  it('measures the longest way down', () => {
    holds(({ builds }, { durations: seconds, medianDurationS }) => {
      for (const build of builds.filter((one) => one.state === 'PLANNED')) {
        const below = builds.filter((one) => one.depOn === build.originalNvr).map((one) => one.remainingPathS)
        const own = seconds.get(build.name) ?? medianDurationS
        expect(build.remainingPathS).toBe(own + Math.max(0, ...below))
      }
    })
  })

  it('is the same whatever the order of the images, and when made again', () => {
    const shuffles = input.chain((one) =>
      shuffled(one.nodes).map((nodes) => [one, { ...one, nodes }] as const),
    )
    fc.assert(
      fc.property(shuffles, ([one, other]) => {
        const first = planBuilds(one)
        expect(planBuilds(one)).toEqual(first)
        expect(planBuilds(other)).toEqual(first)
      }),
      RUNS,
    )
  })
})

describe('a big plan', () => {
  /** A forest as in a distribution: a few bases, layers on them, most images near the leaves. */
  const forest = (size: number) =>
    Array.from({ length: size }, (_, n) => node(`img${n}-1-1`, n < 5 ? null : `img${Math.floor(n / 3)}-1-1`))

  it('has 10,000 images planned within a second', () => {
    const nodes = forest(10_000)
    const started = performance.now()
    const { builds } = planBuilds({ nodes, durations: new Map(), medianDurationS: 60 })
    expect(performance.now() - started).toBeLessThan(1000)
    expect(builds).toHaveLength(10_000)
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
