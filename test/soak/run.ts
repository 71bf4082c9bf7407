/** Keeps the whole service busy for a long time, and takes a sample every few seconds. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { shipAdvisory } from '../../lab/services/errata/ship.ts'
import { median, quantile } from '../bench/statistics.ts'
import { FIRST_ADVISORY } from '../chaos/catalogue.ts'
import { type System, startSystem } from '../chaos/system.ts'
import { createTraffic } from '../chaos/traffic.ts'
import type { SoakOptions } from './arguments.ts'
import { processorSeconds, readLagMs, readProcesses, type Sample } from './sample.ts'

const TICK_MS = 100
const SAMPLE_MS = 10_000
const SUBJECTS = 500
const ADVISORY_EVERY_MS = 30_000
const DECISION_EVERY_MS = 100
const START_PATIENCE_MS = 120_000

/** Runs to the end, or until `stop`; `onSample` gets each sample. */
export async function runSoak(
  options: SoakOptions,
  onSample: (sample: Sample) => void,
  stop: AbortSignal,
): Promise<Sample[]> {
  const endsMs = options.minutes * 60_000
  const advisories = Math.ceil(endsMs / ADVISORY_EVERY_MS)
  let [system, sent]: [System | undefined, number] = [undefined, 0]
  system = await startSystem({
    store: options.store,
    advisories,
    fromLab: (topic, body, properties) => {
      sent += 1
      system?.publisher.send({ topic, body, messageId: `lab-${sent}`, properties })
    },
  })
  const database = new pg.Pool({ connectionString: system.postgres.url, max: 2 })
  database.on('error', () => undefined)
  const over = AbortSignal.any([stop, AbortSignal.timeout(endsMs + START_PATIENCE_MS)])
  try {
    await untilAnswering(system.webs)
    const began = performance.now()
    const isOver = () => over.aborted || performance.now() - began >= endsMs
    const latencies: number[] = []
    const [samples] = await Promise.all([
      takeSamples({ system, database, latencies, began, isOver, onSample }),
      sendMessages(system, options.rate, advisories, isOver),
      sendRequests(system.webs, latencies, isOver),
    ])
    return samples
  } finally {
    await system.stop()
    await database.end()
  }
}

async function untilAnswering(webs: readonly string[]): Promise<void> {
  const giveUpAt = Date.now() + START_PATIENCE_MS
  for (const url of webs)
    while (!(await fetch(`${url}/health/ready`).catch(() => undefined))?.ok) {
      if (Date.now() > giveUpAt) throw new Error(`${url} is not ready`)
      await sleep(TICK_MS)
    }
}

async function sendMessages(
  { lab, publisher }: System,
  rate: number,
  advisories: number,
  isOver: () => boolean,
): Promise<void> {
  const traffic = createTraffic(lab.world, { seed: 1, subjects: SUBJECTS }, publisher.send)
  const began = performance.now()
  let shipped = 0
  while (!isOver()) {
    const elapsed = performance.now() - began
    while (traffic.ends.length < (elapsed * rate) / 1000) traffic.next()
    for (; shipped < Math.min(advisories, elapsed / ADVISORY_EVERY_MS); shipped += 1)
      shipAdvisory(lab.world, FIRST_ADVISORY + shipped)
    await sleep(TICK_MS)
  }
}

/** One after the other at a fixed pace, to each web process in turn. */
async function sendRequests(
  webs: readonly string[],
  latencies: number[],
  isOver: () => boolean,
): Promise<void> {
  for (let n = 0; !isOver(); n += 1) {
    const began = performance.now()
    const response = await fetch(`${webs[n % webs.length]}/api/v1.0/decision`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        decision_context: 'bodhi_update_push_stable',
        product_version: 'fedora-26',
        subject_type: 'koji_build',
        subject_identifier: `package-${n % SUBJECTS}-1.0-1.fc26`,
      }),
    })
    await response.arrayBuffer()
    latencies.push(performance.now() - began)
    await sleep(Math.max(0, began + DECISION_EVERY_MS - performance.now()))
  }
}

type Sampling = {
  system: System
  database: pg.Pool
  /** Milliseconds of the decisions since the previous sample; emptied by each sample. */
  latencies: number[]
  began: number
  isOver: () => boolean
  onSample: (sample: Sample) => void
}

async function takeSamples(sampling: Sampling): Promise<Sample[]> {
  const { system, database, latencies, began, isOver, onSample } = sampling
  const samples: Sample[] = []
  let before = { at: performance.now(), used: processorSeconds(system) }
  await readLagMs(system.webs)
  while (!isOver()) {
    await sleep(SAMPLE_MS)
    const now = { at: performance.now(), used: processorSeconds(system) }
    const decisionsMs = latencies.splice(0)
    const { rows } = await database.query<{ n: number }>(
      "select count(*)::int as n from inbox where state = 'new'",
    )
    const sample = {
      minute: (now.at - began) / 60_000,
      ...readProcesses(system),
      processor: (now.used - before.used) / ((now.at - before.at) / 1000),
      lagMs: await readLagMs(system.webs),
      p50Ms: decisionsMs.length > 0 ? median(decisionsMs) : Number.NaN,
      p99Ms: decisionsMs.length > 0 ? quantile(decisionsMs, 0.99) : Number.NaN,
      waiting: rows[0]?.n ?? 0,
    }
    before = now
    samples.push(sample)
    onSample(sample)
  }
  return samples
}
