/** The throughput of one, two and four worker processes: builds of many events through a build system that answers immediately. */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { shipAdvisory } from '../../../lab/services/errata/ship.ts'
import { EVENT_STATES } from '../../../src/domain/event.ts'
import { FIRST_ADVISORY, IMAGES_PER_ADVISORY, manyAdvisories } from '../../chaos/catalogue.ts'
import { startWorld } from '../../support/lab/world.ts'
import { processorMsOf } from '../../support/programs/processor-time.ts'
import { startProgram } from '../../support/programs/service-process.ts'
import type { Bench, Line, QueueStoreChoice, Stage } from '../bench.ts'
import { canShareProcessor, withProcessorShare } from '../processor-share.ts'
import { show } from '../statistics.ts'

const WORKERS = [1, 2, 4]
/** The small share of a core for each process: four of them leave room for lab and stores on two cores. */
const SMALL = 0.1
/** The min share of proportional growth, for processes with a small share. */
const MIN_GROWTH = 0.8
const EVENTS = 24
/** The number of events for processes with a small share. */
const SMALL_EVENTS = 12
/** Uncounted events before the measured ones, for each process: it compiles code on first use. */
const WARM_UP = 8
const PATIENCE_MS = 300_000
const { COMPLETE } = EVENT_STATES

/** Everything but the workers is the same in each run; lab, stores and workers share the machine. */
export const workersBench: Bench = {
  name: 'workers',
  explains:
    `Builds per second of ${EVENTS} concurrent events (${SMALL_EVENTS} with small shares), by number of worker processes; builds take 20 ms. ` +
    `Once all cores are busy, more processes cannot help; with ${SMALL} of a core for each process they are not.`,
  async run(stage) {
    const lines: Line[] = []
    const shares = (await canShareProcessor()) ? [1, SMALL] : [1]
    for (const store of await stage.queueStores())
      for (const share of shares) {
        let single: number | undefined
        for (const workers of WORKERS) {
          const found = await measure(stage, store, { workers, share })
          single ??= found.perSecond
          lines.push(lineOf(store, { workers, share }, found, single))
        }
      }
    return lines
  },
}

/** `share`: of a core, for each of them. */
type Machines = { workers: number; share: number }

/** `busy`: cores used by all programs of the machine; `used`: those used by the workers. */
type Found = { perSecond: number; busy: number; used: number }

function lineOf(store: QueueStoreChoice, { workers, share }: Machines, found: Found, single: number): Line {
  const { perSecond, busy, used } = found
  const growth = perSecond / single
  const processes = `${workers} worker${workers > 1 ? 's' : ''}`
  return {
    what: `${store.name}, ${processes}${share < 1 ? ` of ${share} cores` : ''}`,
    measured: `${show(perSecond)} builds/s; ${show(busy)} of ${cpus().length} cores busy, ${show(used)} with workers`,
    compared: `x ${show(growth)} of one`,
    raw: { workers, share, buildsPerSecond: perSecond, busyCores: busy, workerCores: used },
    ...(share < 1 && workers > 1 && { target: growthTarget(growth, workers) }),
  }
}

function growthTarget(growth: number, workers: number): Line['target'] {
  const min = MIN_GROWTH * workers
  return { text: `at least x ${show(min)}`, met: growth >= min }
}

async function measure(stage: Stage, store: QueueStoreChoice, { workers, share }: Machines): Promise<Found> {
  const warmUp = WARM_UP * workers
  const events = share < 1 ? SMALL_EVENTS : EVENTS
  const lab = { catalogue: manyAdvisories(warmUp + events), builder: { parallelism: 1000 } }
  const world = await startWorld(lab)
  const DATABASE_URL = await stage.newDatabase()
  const settings = { FRESHWAVE_CONFIG: 'test/bench/bus/workers.yaml', DATABASE_URL, LOG_LEVEL: 'info' }
  const env = { ...world.env, ...store.env, ...settings }
  const ingest = startProgram('ingest', env)
  const working = Array.from({ length: workers }, () => startProgram('worker', env))
  const processes = [ingest, ...working]
  const ship = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) shipAdvisory(world.lab.world, FIRST_ADVISORY + n)
    await untilComplete(client, to)
  }
  const pids = () => working.map((worker) => worker.pid())
  const client = new pg.Client({ connectionString: DATABASE_URL })
  await client.connect()
  try {
    for (const process of processes) await process.ready()
    await ship(0, warmUp)
    const measured = () => timeOf(pids(), events, () => ship(warmUp, warmUp + events))
    return await (share < 1 ? withProcessorShare(pids(), share, measured) : measured())
  } finally {
    await client.end()
    await Promise.all(processes.map((process) => process.kill()))
    await world.stop()
  }
}

async function timeOf(pids: readonly number[], events: number, work: () => Promise<void>): Promise<Found> {
  const before = { at: performance.now(), busyMs: busyMs(), usedMs: processorMsOf(pids) }
  await work()
  const ms = performance.now() - before.at
  return {
    perSecond: (events * IMAGES_PER_ADVISORY * 1000) / ms,
    busy: (busyMs() - before.busyMs) / ms,
    used: (processorMsOf(pids) - before.usedMs) / ms,
  }
}

/** The busy time of all cores since the machine was started. */
function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

async function untilComplete(client: pg.Client, events: number): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      'select count(*)::int as n from events where state = $1',
      [COMPLETE],
    )
    if (rows[0]?.n === events) return
    if (Date.now() > giveUpAt) throw new Error(`${rows[0]?.n} of ${events} events are complete`)
    await sleep(50)
  }
}
