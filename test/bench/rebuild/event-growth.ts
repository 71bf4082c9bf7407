/** Whether anything that an event costs grows faster than the number of its images. */
import type { Bench, Line } from '../bench.ts'
import { show, showMs } from '../statistics.ts'
import { type Rebuild, type RebuildOptions, rebuild, spreadMs } from './rebuild.ts'
import type { Usage } from './usage.ts'

const SIZES = { small: 1000, large: 10_000 }
/** The maximum growth of the cost of each image, compared with the smaller event. */
const LINEAR = 1.1

/** The costs that are divided by the number of images. */
const COSTS: { [K in Exclude<keyof Usage, 'rssBytes'>]: string } = {
  transactions: 'transactions of the database',
  rowsRead: 'rows read by the database',
  rowsWritten: 'rows written by the database',
  jobs: 'runs of jobs',
  messagesOut: 'messages out',
}
const COST_NAMES = Object.keys(COSTS) as (keyof typeof COSTS)[] // the keys of a literal object are its type's keys

/** Builds are short, so that the service itself has most of the work. */
export const eventGrowth: Bench = {
  name: 'event-growth',
  explains:
    'What an event of 1,000 and one of 10,000 images cost for each image, with builds of 0.2 to 1 s and a builder for each ' +
    'tenth image.',
  async run(stage) {
    const store = await stage.productionStore()
    const small = await rebuild(stage, store, eventOf(SIZES.small))
    const large = await rebuild(stage, store, eventOf(SIZES.large))
    return [
      ...COST_NAMES.map((name) => costLine(name, small, large)),
      timeLine(small, large),
      memoryLine(small, large),
    ]
  },
}

function compare(small: Rebuild, large: Rebuild, read: (event: Rebuild) => number) {
  return { before: read(small), after: read(large) }
}

function eventOf(images: number): RebuildOptions {
  return { images, depth: 6, builders: images / 10, buildMs: (name) => spreadMs(name, 200, 1000) }
}

function costLine(name: keyof typeof COSTS, small: Rebuild, large: Rebuild): Line {
  const { before, after } = compare(small, large, ({ usage, builds }) => usage[name] / builds.length)
  return {
    what: `${COSTS[name]} for each image`,
    measured: `${show(before)} and ${show(after)}`,
    compared: `x ${show(after / before)}`,
    target: { text: `at most ${LINEAR}`, met: after / before <= LINEAR },
    raw: { before, after },
  }
}

function timeLine(small: Rebuild, large: Rebuild): Line {
  const { before, after } = compare(small, large, (event) => event.completeAt - event.shippedAt)
  return {
    what: 'message to COMPLETE',
    measured: `${showMs(before)} and ${showMs(after)}`,
    compared: `x ${show(after / before)}`,
    raw: {
      beforeMs: before,
      afterMs: after,
      earlyEndsBefore: small.earlyEnds,
      earlyEndsAfter: large.earlyEnds,
    },
  }
}

function memoryLine(small: Rebuild, large: Rebuild): Line {
  const { before, after } = compare(small, large, ({ usage }) => usage.rssBytes)
  return {
    what: 'memory of the service at the end',
    measured: `${show(before / 2 ** 20)} and ${show(after / 2 ** 20)} MiB`,
    compared: `x ${show(after / before)}`,
    target: { text: 'at most 10', met: after / before <= 10 },
    raw: { beforeBytes: before, afterBytes: after },
  }
}
