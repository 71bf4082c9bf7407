/** The time from a result on the bus to the messages about the decisions that it changes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { announceResult } from '../../../lab/news.ts'
import { resultJson } from '../../../lab/services/resultsdb/answers.ts'
import { addResult } from '../../../lab/services/resultsdb/state.ts'
import { connectClient } from '../../support/bus/amqp-client.ts'
import { startWorld, type TestWorld } from '../../support/lab/world.ts'
import { startProgram } from '../../support/programs/service-process.ts'
import type { Bench, Line, QueueStoreChoice, Stage } from '../bench.ts'
import { median, quantile, show, showMs } from '../statistics.ts'

const PER_SECOND = 50
const SECONDS = 20
const WARM_UP = 200
/** The required test of one policy and one of the tests of another. */
const TEST_CASE = 'dist.rpmdeplint'
const UPDATES = 2
const TARGET_MS = 1000
const ROUND_TRIPS = 100
const PATIENCE_MS = 300_000
const DESTINATION = 'VirtualTopic.eng.greenwave.decision.update'

/** The lab, with its results, is in this process; the service is one other process. */
export const decideLatency: Bench = {
  name: 'decide-latency',
  explains:
    `From a result on the bus to the last of ${UPDATES} messages about it, at ${PER_SECOND} results a second; ` +
    'p50 as a multiple of a message that goes straight over the bus.',
  async run(stage) {
    const lines: Line[] = []
    for (const store of await stage.queueStores()) lines.push(await measure(stage, store))
    return lines
  },
}

async function measure(stage: Stage, store: QueueStoreChoice): Promise<Line> {
  const world = stage.keep(await startWorld(), ({ stop }) => stop())
  const settings = { DATABASE_URL: await stage.newDatabase(), PORT: '0', POLICIES_DIR: 'conf/policies' }
  const service = startProgram('all', { ...world.env, ...store.env, ...settings, LOG_LEVEL: 'info' })
  stage.keep(service, ({ stop }) => stop())
  await service.ready()
  const client = stage.keep(await connectClient(world.bus.url), (open) => open.close())
  const arrivals = new Map<string, number[]>()
  await client.consume(`queue://Consumer.bench.${DESTINATION}`, ({ body }) => {
    const { msg } = JSON.parse(String(body))
    const [requirement] = [...msg.satisfied_requirements, ...msg.unsatisfied_requirements].filter(isOfTest)
    const key = `${msg.subject_identifier} ${requirement.result_id}`
    arrivals.set(key, [...(arrivals.get(key) ?? []), performance.now()])
  })
  const busMs = await measureBus(world, client)
  const sent = await sendResults(world)
  await untilAll(() => [...sent.keys()].every((key) => arrivals.get(key)?.length === UPDATES))
  const samples = [...sent].slice(WARM_UP).map(([key, at]) => Math.max(...(arrivals.get(key) ?? [])) - at)
  await service.stop()
  return lineOf(store, samples, busMs)
}

function isOfTest({ testcase }: { testcase: string }): boolean {
  return testcase === TEST_CASE
}

/** The time of each result, by subject and id. Each is the first of its subject, so that the previous decision is made too. */
async function sendResults({ lab: { world } }: TestWorld): Promise<Map<string, number>> {
  const sent = new Map<string, number>()
  const total = WARM_UP + PER_SECOND * SECONDS
  const began = performance.now()
  for (let n = 0; n < total; n += 1) {
    await sleep(Math.max(0, began + (n * 1000) / PER_SECOND - performance.now()))
    const nvr = `package-${n}-1.0-1.fc26`
    const submittedAt = `${new Date().toISOString().slice(0, -1)}000`
    const data = { item: [nvr], type: ['koji_build'] }
    const result = addResult(world.resultsDb, { testCase: TEST_CASE, outcome: 'PASSED', data, submittedAt })
    sent.set(`${nvr} ${result.id}`, performance.now())
    announceResult(world, result, resultJson(world.resultsDb, 'http://resultsdb', result))
  }
  return sent
}

/** The median time of messages that pass through the bus alone. */
async function measureBus({ bus }: TestWorld, client: Awaited<ReturnType<typeof connectClient>>) {
  const samples: number[] = []
  let arrived: (() => void) | undefined
  await client.consume('queue://Consumer.bench.VirtualTopic.bench', () => arrived?.())
  for (let n = 0; n < ROUND_TRIPS; n += 1) {
    const began = performance.now()
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    bus.publish('VirtualTopic.bench', '{}')
    await arrival
    samples.push(performance.now() - began)
  }
  return median(samples)
}

async function untilAll(done: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  while (!done()) {
    if (Date.now() > giveUpAt) throw new Error('Not every result led to its messages')
    await sleep(50)
  }
}

function lineOf(store: QueueStoreChoice, samples: number[], busMs: number): Line {
  const [p50Ms, p99Ms] = [median(samples), quantile(samples, 0.99)]
  return {
    what: store.name,
    measured: `p50 ${showMs(p50Ms)}, p99 ${showMs(p99Ms)}`,
    compared: `x ${show(p50Ms / busMs)} of ${showMs(busMs)}`,
    target: { text: `p99 under ${show(TARGET_MS)} ms`, met: p99Ms < TARGET_MS },
    raw: { results: samples.length, p50Ms, p99Ms, busMs },
  }
}
