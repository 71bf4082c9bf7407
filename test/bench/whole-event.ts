/** A large event from its message to its end, against the shortest time in which its builds can be done at all. */
import type { Bench, Line, QueueStoreChoice } from './bench.ts'
import { lowerBoundMs } from './lower-bound.ts'
import { type Rebuild, rebuild, spreadMs } from './rebuild.ts'
import { show, showMs } from './statistics.ts'

const IMAGES = 1000
const BUILDERS = 40
const BUILD_MS = { shortest: 500, longest: 2000 }
const REQUESTS = 300
const buildMs = (name: string) => spreadMs(name, BUILD_MS.shortest, BUILD_MS.longest)

/** Real builds take minutes: with builds of a second or two, the service's own time shows hundreds of times larger. */
export const wholeEvent: Bench = {
  name: 'whole-event',
  explains:
    `An event of ${IMAGES.toLocaleString('en-US')} images, message to COMPLETE, as a multiple of ` +
    `max(longest chain, all work / ${BUILDERS} builders); builds take ${BUILD_MS.shortest} to ${BUILD_MS.longest} ms.`,
  async run(stage) {
    const lines: Line[] = []
    for (const store of await stage.queueStores()) {
      const done = await rebuild(stage, store, { images: IMAGES, depth: 6, builders: BUILDERS, buildMs })
      lines.push(timeLine(store, done), requestLine(store, done))
    }
    return lines
  },
}

function timeLine(store: QueueStoreChoice, { builds, shippedAt, completeAt }: Rebuild): Line {
  const bound = lowerBoundMs(
    builds.map(({ image, parent, name }) => ({ image, parent, ms: buildMs(name) })),
    BUILDERS,
  )
  const wallMs = completeAt - shippedAt
  const beforeFirstMs = Math.min(...builds.map(({ submittedAt }) => submittedAt)) - shippedAt
  const afterLastMs = completeAt - Math.max(...builds.map(({ closedAt }) => closedAt))
  return {
    what: `${store.name}: time`,
    measured: `${showMs(wallMs)} (before the first build ${showMs(beforeFirstMs)}, after the last ${showMs(afterLastMs)})`,
    compared: `x ${show(wallMs / bound.boundMs)} of ${showMs(bound.boundMs)}`,
    raw: { builds: builds.length, wallMs, beforeFirstMs, afterLastMs, ...bound },
  }
}

/** All services together; what is asked one by one shows here. */
function requestLine(store: QueueStoreChoice, { world, builds }: Rebuild): Line {
  const requests = [...world.lab.world.requests.values()].reduce((sum, times) => sum + times, 0)
  return {
    what: `${store.name}: requests`,
    measured: `${requests} to all services`,
    compared: `x ${show(requests / builds.length)} for each build`,
    target: { text: `fewer than ${REQUESTS}`, met: requests < REQUESTS },
    raw: { requests, builds: builds.length },
  }
}
