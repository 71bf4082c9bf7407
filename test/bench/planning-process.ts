/** Plans a generated catalogue a few times and tells how long that took. Argument: the number of images. */
import { generateCatalogue } from '../../lab/catalogue/generate.ts'
import { seededRandom } from '../../lab/catalogue/random.ts'
import { planBuilds } from '../../src/domain/rebuild/plan.ts'
import type { PlanNode } from '../../src/domain/rebuild/plan-graph.ts'
import { node } from '../support/planned-images.ts'
import { tellParent } from './child.ts'
import { median, timed } from './statistics.ts'

/** `firstMs` is what an event costs in a service that has just started, `warmMs` in one that has planned before. */
export type PlanningResult = { builds: number; firstMs: number; warmMs: number; peakRssBytes: number }

const REPEATS = 5

const images = Number(process.argv[2])
const nodes = affectedNodes(images)
const plan = () => planBuilds({ nodes, durations: new Map(), medianDurationS: 600 })
const firstMs = await timed(plan)
const peakRssBytes = process.resourceUsage().maxRSS * 1024
const again: number[] = []
for (let i = 0; i < REPEATS; i += 1) again.push(await timed(plan))
const result: PlanningResult = { builds: plan().builds.length, firstMs, warmMs: median(again), peakRssBytes }
tellParent(result)

/** Six levels of images, every one affected, in no order: a finder does not sort what it finds. */
function affectedNodes(count: number): PlanNode[] {
  const { images: entries } = generateCatalogue({ images: count, depth: 6, rpmNames: 0, seed: 1 })
  const random = seededRandom(2)
  return entries
    .map((entry) => ({ key: random(), entry }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ entry }) => node(entry.nvr, entry.from))
}
