/** Plans a generated catalogue a few times and reports the durations. Argument: the number of images. */
import { generateCatalogue } from '../../../lab/catalogue/generate.ts'
import { seededRandom } from '../../../lab/seeded-random.ts'
import type { PlanNode } from '../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../src/domain/rebuild/plan/plan.ts'
import { node } from '../../support/rebuild/planned-images.ts'
import { reportToParent } from '../child.ts'
import { median, timed } from '../statistics.ts'

/**
 * `firstMs` is the time of a plan in a service that has just started. `warmCpuMs` is the processor time of a later plan:
 * other load of the machine hardly affects it, so growth is computed from it.
 */
export type PlanningResult = { builds: number; firstMs: number; warmCpuMs: number; peakRssBytes: number }

const REPEATS = 3

const nodes = affectedNodes(Number(process.argv[2]))
const plan = () => planBuilds({ nodes, durations: new Map(), medianDurationS: 600 })
const firstMs = await timed(plan)
const peakRssBytes = process.resourceUsage().maxRSS * 1024
const warmRuns = Array.from({ length: REPEATS }, () => cpuMsOf(plan))
const result: PlanningResult = {
  builds: plan().builds.length,
  firstMs,
  warmCpuMs: median(warmRuns),
  peakRssBytes,
}
reportToParent(result)

function cpuMsOf(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** Six levels of images, all affected, in random order, as discovery does not sort its findings. */
function affectedNodes(count: number): PlanNode[] {
  const { images: entries } = generateCatalogue({ images: count, depth: 6, rpmNames: 0, seed: 1 })
  const random = seededRandom(2)
  return entries
    .map((entry) => ({ key: random(), entry }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ entry }) => node(entry.nvr, entry.from))
}
