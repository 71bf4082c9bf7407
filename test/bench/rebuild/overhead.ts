/** The time that the pipeline itself adds between a build and a build based on it. */
import { encodeCall } from '../../../src/lib/xmlrpc/index.ts'
import type { Bench, Line, QueueStoreChoice } from '../bench.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { describeCalls } from './calls.ts'
import { type RebuiltImage, rebuild, spreadMs } from './rebuild.ts'

const IMAGES = 110
/** A builder is always free, so a build waits only for the service. */
const OPTIONS = {
  images: IMAGES,
  depth: 5,
  builders: IMAGES,
  buildMs: (name: string) => spreadMs(name, 1000, 3000),
}
const ROUND_TRIPS = 100
const TARGET_P95_MS = 1000

/** Builds end in bursts, level by level; most of the wait is for the event's lock and for the batching of calls. */
export const overhead: Bench = {
  name: 'overhead',
  explains:
    `From the end of the parent's task to the child's buildContainer at the hub, in an event of ${IMAGES} images; ` +
    'p50 as a multiple of one call to the hub.',
  async run(stage) {
    const lines: Line[] = []
    for (const store of await stage.queueStores()) {
      const { world, builds, earlyEnds } = await rebuild(stage, store, OPTIONS)
      const hubMs = await measureHub(world.lab.urls.KOJI_BASE_URL)
      const line = lineOf(store, waits(builds), earlyEnds, hubMs)
      lines.push({ ...line, calls: describeCalls(world.lab.world) })
    }
    return lines
  },
}

/** For each build with a parent: the milliseconds from the end of the parent to the submission. */
function waits(builds: readonly RebuiltImage[]): number[] {
  const closedAt = new Map(builds.map((build) => [build.image, build.closedAt]))
  return builds.flatMap(({ parent, submittedAt }) => {
    const ready = parent === null ? undefined : closedAt.get(parent)
    return ready === undefined ? [] : [submittedAt - ready]
  })
}

async function measureHub(hub: string): Promise<number> {
  const call = {
    method: 'POST',
    headers: { 'Content-Type': 'text/xml' },
    body: encodeCall('getAPIVersion', []),
  }
  const samples: number[] = []
  for (let n = 0; n < ROUND_TRIPS; n += 1)
    samples.push(await timed(async () => (await fetch(hub, call)).text()))
  return median(samples)
}

function lineOf(store: QueueStoreChoice, samples: number[], earlyEnds: number, hubMs: number): Line {
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what: store.name,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)} (${earlyEnds} ends before their number was stored)`,
    compared: `x ${show(p50Ms / hubMs)} of ${showMs(hubMs)}`,
    target: { text: `p95 under ${showMs(TARGET_P95_MS)}`, met: p95Ms < TARGET_P95_MS },
    raw: { children: samples.length, p50Ms, p95Ms, hubMs, earlyEnds },
  }
}
