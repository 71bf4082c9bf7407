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
import { show } from '../statistics.ts'

const WORKERS = [1, 2, 4]
const EVENTS = 24
/** Uncounted events before the measured ones, for each process: it compiles code on first use. */
const WARM_UP = 8
const PATIENCE_MS = 300_000
const { COMPLETE } = EVENT_STATES

/** Everything but the workers is the same in each run; lab, stores and workers share the machine. */
export const workersBench: Bench = {
  name: 'workers',
  explains:
    `Builds per second of ${EVENTS} concurrent events, by number of worker processes; builds take 20 ms. ` +
    'Once all cores are busy, more processes cannot help.',
  async run(stage) {
    const lines: Line[] = []
    for (const store of await stage.queueStores()) {
      let single: number | undefined
      for (const workers of WORKERS) {
        const { perSecond, busy, used } = await measure(stage, store, workers)
        single ??= perSecond
        lines.push({
          what: `${store.name}, ${workers} worker${workers > 1 ? 's' : ''}`,
          measured: `${show(perSecond)} builds/s; ${show(busy)} of ${cpus().length} cores busy, ${show(used)} with workers`,
          compared: `x ${show(perSecond / single)} of one`,
          raw: { workers, buildsPerSecond: perSecond, busyCores: busy, workerCores: used },
        })
      }
    }
    return lines
  },
}

/** `busy`: cores used by all programs of the machine; `used`: those used by the workers. */
type Found = { perSecond: number; busy: number; used: number }

async function measure(stage: Stage, store: QueueStoreChoice, workers: number): Promise<Found> {
  const warmUp = WARM_UP * workers
  const lab = { catalogue: manyAdvisories(warmUp + EVENTS), builder: { parallelism: 1000 } }
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
  const usedMs = () => processorMsOf(working.map((worker) => worker.pid()))
  const client = new pg.Client({ connectionString: DATABASE_URL })
  await client.connect()
  try {
    for (const process of processes) await process.ready()
    await ship(0, warmUp)
    const before = { at: performance.now(), busyMs: busyMs(), usedMs: usedMs() }
    await ship(warmUp, warmUp + EVENTS)
    const ms = performance.now() - before.at
    return {
      perSecond: (EVENTS * IMAGES_PER_ADVISORY * 1000) / ms,
      busy: (busyMs() - before.busyMs) / ms,
      used: (usedMs() - before.usedMs) / ms,
    }
  } finally {
    await client.end()
    await Promise.all(processes.map((process) => process.kill()))
    await world.stop()
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
