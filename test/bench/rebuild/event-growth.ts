/** Whether anything that an event costs grows faster than the number of its images. */
import type { Bench, Line } from '../bench.ts'
import { show, showMs } from '../statistics.ts'
import { type Rebuild, rebuild, spreadMs } from './rebuild.ts'
import type { Usage } from './usage.ts'

const SIZES = [1000, 10_000]
/** Nothing may cost more than this for each image than in the smaller event. */
const LINEAR = 1.1

/** What is counted for each image. */
const COSTS: { [K in Exclude<keyof Usage, 'rssBytes'>]: string } = {
  transactions: 'transactions of the database',
  rowsRead: 'rows read by the database',
  rowsWritten: 'rows written by the database',
  jobs: 'runs of jobs',
  messagesOut: 'messages out',
}
const COST_NAMES = Object.keys(COSTS) as (keyof typeof COSTS)[] // the keys of a literal object are its type's keys

/** Builders and builds are quick, so that the service itself has most of the work. */
export const eventGrowth: Bench = {
  name: 'event-growth',
  explains:
    'What an event of 1,000 and one of 10,000 images cost for each image, with builds of 0.2 to 1 s and a builder for each ' +
    'tenth image.',
  async run(stage) {
    const store = (await stage.queueStores()).at(-1)
    if (!store) throw new Error('No queue store is available.')
    const done: Rebuild[] = []
    for (const images of SIZES) {
      const options = {
        images,
        depth: 6,
        builders: images / 10,
        buildMs: (name: string) => spreadMs(name, 200, 1000),
      }
      done.push(await rebuild(stage, store, options))
    }
    const [small, large] = done
    if (!small || !large) throw new Error('Both sizes are needed.')
    return [
      ...COST_NAMES.map((name) => costLine(name, small, large)),
      timeLine(small, large),
      memoryLine(small, large),
    ]
  },
}

function costLine(name: keyof typeof COSTS, small: Rebuild, large: Rebuild): Line {
  const [before, after] = [small, large].map(({ usage, builds }) => usage[name] / builds.length) as [
    number,
    number,
  ] // two in, two out
  return {
    what: `${COSTS[name]} for each image`,
    measured: `${show(before)} and ${show(after)}`,
    compared: `x ${show(after / before)}`,
    target: { text: `at most ${LINEAR}`, met: after / before <= LINEAR },
    raw: { before, after },
  }
}

function timeLine(small: Rebuild, large: Rebuild): Line {
  const [before, after] = [small, large].map((event) => event.completeAt - event.shippedAt) as [
    number,
    number,
  ] // two in, two out
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
  const [before, after] = [small, large].map(({ usage }) => usage.rssBytes) as [number, number] // two in, two out
  return {
    what: 'memory of the service at the end',
    measured: `${show(before / 2 ** 20)} and ${show(after / 2 ** 20)} MiB`,
    compared: `x ${show(after / before)}`,
    target: { text: 'at most 10', met: after / before <= 10 },
    raw: { beforeBytes: before, afterBytes: after },
  }
}
