/** The throughput of one, two and four worker processes: builds of many events through a build system that answers at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { shipAdvisory } from '../../lab/services/errata/ship.ts'
import { FIRST_ADVISORY, IMAGES_OF_AN_ADVISORY, manyAdvisories } from '../chaos/catalogue.ts'
import { processorMs } from '../support/process-usage.ts'
import { startProgram } from '../support/service-process.ts'
import { startWorld } from '../support/world.ts'
import type { Bench, Line, QueueStoreChoice, Stage } from './bench.ts'
import { show } from './statistics.ts'

const WORKERS = [1, 2, 4]
const EVENTS = 24
const PATIENCE_MS = 300_000
const COMPLETE = 2

/** Everything but the workers is the same in each run; lab, stores and workers share the machine. */
export const workersBench: Bench = {
  name: 'workers',
  explains: `Builds per second of ${EVENTS} events at once, by number of worker processes; builds take 20 ms.`,
  async run(stage) {
    const lines: Line[] = []
    for (const store of await stage.queueStores()) {
      let one: Throughput | undefined
      for (const workers of WORKERS) {
        const { buildsPerSecond, processorMsOfABuild } = await measure(stage, store, workers)
        one ??= { buildsPerSecond, processorMsOfABuild }
        lines.push({
          what: `${store.name}, ${workers} worker${workers > 1 ? 's' : ''}`,
          measured: `${show(buildsPerSecond)} builds/s, ${show(processorMsOfABuild)} ms of processor for each`,
          compared: `x ${show(buildsPerSecond / one.buildsPerSecond)} of one, x ${show(processorMsOfABuild / one.processorMsOfABuild)} of its processor time`,
          raw: { workers, buildsPerSecond, processorMsOfABuild },
        })
      }
    }
    return lines
  },
}

/** `processorMsOfABuild`: of all workers together, without their start. */
type Throughput = { buildsPerSecond: number; processorMsOfABuild: number }

async function measure(stage: Stage, store: QueueStoreChoice, workers: number): Promise<Throughput> {
  const lab = { catalogue: manyAdvisories(EVENTS), builder: { parallelism: 1000 } }
  const world = await startWorld(lab)
  const DATABASE_URL = await stage.newDatabase()
  const settings = { FRESHWAVE_CONFIG: 'test/bench/workers.yaml', DATABASE_URL, LOG_LEVEL: 'info' }
  const env = { ...world.env, ...store.env, ...settings }
  const running = Array.from({ length: workers }, () => startProgram('worker', env))
  const processes = [startProgram('ingest', env), ...running]
  const usedMs = () => running.reduce((sum, { pid }) => sum + processorMs(pid), 0)
  const client = new pg.Client({ connectionString: DATABASE_URL })
  await client.connect()
  try {
    for (const process of processes) await process.ready()
    const before = usedMs()
    const began = performance.now()
    for (let n = 0; n < EVENTS; n += 1) shipAdvisory(world.lab.world, FIRST_ADVISORY + n)
    await untilComplete(client)
    const builds = EVENTS * IMAGES_OF_AN_ADVISORY
    return {
      buildsPerSecond: (builds * 1000) / (performance.now() - began),
      processorMsOfABuild: (usedMs() - before) / builds,
    }
  } finally {
    await client.end()
    await Promise.all(processes.map((process) => process.kill()))
    await world.stop()
  }
}

async function untilComplete(client: pg.Client): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      'select count(*)::int as n from events where state = $1',
      [COMPLETE],
    )
    if (rows[0]?.n === EVENTS) return
    if (Date.now() > giveUpAt) throw new Error(`${rows[0]?.n} of ${EVENTS} events are complete`)
    await sleep(50)
  }
}
