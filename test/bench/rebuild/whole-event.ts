/** A large event from its message to its end, compared with the minimum time for its builds. */
import type { Bench, Line, QueueStoreChoice } from '../bench.ts'
import { show, showMs } from '../statistics.ts'
import { describeCalls } from './calls.ts'
import { lowerBoundMs } from './lower-bound.ts'
import { type Rebuild, rebuild, spreadMs } from './rebuild.ts'

const IMAGES = 1000
const BUILDERS = 100
const BUILD_S = { shortest: 2, longest: 6 }
const REQUESTS = 300
const TARGET = 1.3
const buildMs = (name: string) => spreadMs(name, 1000 * BUILD_S.shortest, 1000 * BUILD_S.longest)

/**
 * Real builds take minutes: with builds of seconds, the service's own time has a hundred times more weight. Runs only on
 * the queue store for production, Redis, if installed; the bench `overhead` compares the stores.
 */
export const wholeEvent: Bench = {
  name: 'whole-event',
  explains:
    `An event of ${IMAGES.toLocaleString('en-US')} images, message to COMPLETE, as a multiple of ` +
    `the minimum that ${BUILDERS} builders need, and (in brackets) of max(longest chain, all work / builders) alone; builds take ` +
    `${BUILD_S.shortest} to ${BUILD_S.longest} s.`,
  async run(stage) {
    const store = await stage.productionStore()
    const done = await rebuild(stage, store, { images: IMAGES, depth: 6, builders: BUILDERS, buildMs })
    return [timeLine(store, done), requestLine(store, done)]
  },
}

function timeLine(store: QueueStoreChoice, { builds, earlyEnds, shippedAt, completeAt }: Rebuild): Line {
  const bound = lowerBoundMs(
    builds.map(({ image, parent, name }) => ({ image, parent, ms: buildMs(name) })),
    BUILDERS,
  )
  const wallMs = completeAt - shippedAt
  const beforeFirstMs = Math.min(...builds.map(({ submittedAt }) => submittedAt)) - shippedAt
  const afterLastMs = completeAt - Math.max(...builds.map(({ closedAt }) => closedAt))
  return {
    what: `${store.name}: time`,
    measured:
      `${showMs(wallMs)} (before the first build ${showMs(beforeFirstMs)}, after the last ` +
      `${showMs(afterLastMs)}; ${earlyEnds} ends before their number was stored)`,
    compared:
      `x ${show(wallMs / bound.boundMs)} of ${showMs(bound.boundMs)} ` +
      `(x ${show(wallMs / bound.simpleMs)} of ${showMs(bound.simpleMs)})`,
    target: { text: `at most ${TARGET}`, met: wallMs / bound.boundMs <= TARGET },
    raw: { builds: builds.length, wallMs, beforeFirstMs, afterLastMs, earlyEnds, ...bound },
  }
}

/** Requests to all services together; a query for each single image would become visible here. */
function requestLine(store: QueueStoreChoice, { world, builds }: Rebuild): Line {
  const requests = [...world.lab.world.requests.values()].reduce((sum, times) => sum + times, 0)
  return {
    what: `${store.name}: requests`,
    measured: `${requests} to all services`,
    compared: `x ${show(requests / builds.length)} for each build`,
    target: { text: `fewer than ${REQUESTS}`, met: requests < REQUESTS },
    raw: { requests, builds: builds.length },
    calls: describeCalls(world.lab.world),
  }
}
