/** How well a large event uses the builders: its makespan compared with the minimum and with simple schedules. */
import { hashOf, MAX_HASH } from '../../../lab/hash.ts'
import type { Bench, Line } from '../bench.ts'
import { show, showMs } from '../statistics.ts'
import { type LowerBound, lowerBoundMs } from './lower-bound.ts'
import { rebuild } from './rebuild.ts'
import { firstComeFirstServedMs, levelByLevelMs } from './simulate.ts'

const IMAGES = 1000
const BUILDERS = 64
const TARGET = 1.05
const MIN_MS = 1500
const MAX_MS = 30_000
/** Exponent of the Pareto distribution: most builds are short, a few take very long. */
const TAIL = 1.6

/** The service knows the durations of earlier builds, orders by them, and submits a few more tasks than builders. */
export const makespan: Bench = {
  name: 'makespan',
  explains:
    `${IMAGES.toLocaleString('en-US')} images, ${BUILDERS} builders, heavy-tailed durations: first submission to last ` +
    'end, as a multiple of the minimum that the builders need, and (in brackets) of max(longest chain, all work / builders).',
  async run(stage) {
    const store = await stage.productionStore()
    const options = { images: IMAGES, depth: 5, builders: BUILDERS, buildMs: heavyTailMs }
    const known = { settingsFile: 'test/bench/rebuild/makespan.yaml', knownMs: heavyTailMs }
    const { builds } = await rebuild(stage, store, { ...options, ...known })
    const times = builds.map(({ image, parent, name }) => ({ image, parent, ms: heavyTailMs(name) }))
    const bound = lowerBoundMs(times, BUILDERS)
    const ms =
      Math.max(...builds.map((build) => build.closedAt)) -
      Math.min(...builds.map((build) => build.submittedAt))
    return [
      {
        ...lineOf('Freshwave', ms, bound),
        target: { text: `at most ${TARGET}`, met: ms / bound.boundMs <= TARGET },
      },
      lineOf('level by level (simulated)', levelByLevelMs(times, BUILDERS), bound),
      lineOf('first come, first served (simulated)', firstComeFirstServedMs(times, BUILDERS), bound),
    ]
  },
}

function lineOf(what: string, ms: number, { boundMs, simpleMs }: LowerBound): Line {
  return {
    what,
    measured: showMs(ms),
    compared: `x ${show(ms / boundMs)} of ${showMs(boundMs)} (x ${show(ms / simpleMs)} of ${showMs(simpleMs)})`,
    raw: { makespanMs: ms, boundMs, simpleMs },
  }
}

/** The same name always takes the same time. */
function heavyTailMs(name: string): number {
  const share = (hashOf(name) + 1) / (MAX_HASH + 2)
  return Math.min(MAX_MS, Math.round(MIN_MS * (1 - share) ** (-1 / TAIL)))
}
