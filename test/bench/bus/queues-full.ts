/** The queue pages with a million waiting jobs: how fast they answer, and how much they slow down a worker. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openQueueStore } from '../../../queues/connection.ts'
import { createTestContext } from '../../support/context.ts'
import type { Bench, Line, QueueStoreChoice, Stage } from '../bench.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { fetchBytes, startWeb } from '../web.ts'
import { fillInPostgres, fillInRedis } from './fill-queue.ts'

const QUEUE = 'transition'
const JOBS = 1_000_000
const WORKABLE = 200_000
const PAGES = ['/ui/queues', '/api/2/queues', '/metrics', '/queues/api/queues'] as const
const VISITS = 30
const TARGET_MS = 300
/** Phases with and without readers alternate, so that the load of the machine affects both. */
const ROUNDS = 8
const PHASE_MS = 4000
/** The interval of readers, as of open pages, which are fetched again every few seconds. */
const READ_EVERY_MS = 1000
const MAX_SLOWER = 0.05

/** The web process, the worker and the stores share the machine. */
export const queuesFull: Bench = {
  name: 'queues-full',
  explains: `With ${JOBS.toLocaleString('en-US')} jobs waiting: answers of each page of the queues, and the speed of a worker while all are open.`,
  async run(stage) {
    const lines: Line[] = []
    for (const store of await stage.queueStores()) lines.push(...(await measureStore(stage, store)))
    return lines
  },
}

async function measureStore(stage: Stage, { name, env }: QueueStoreChoice): Promise<Line[]> {
  const url = await stage.newDatabase()
  const redisUrl = env['REDIS_URL']
  const ctx = await createTestContext({ ...env, DATABASE_URL: url })
  await ctx.queues.byName[QUEUE].waitUntilReady()
  const filling = { queue: QUEUE, jobs: JOBS, workable: WORKABLE }
  await (redisUrl ? fillInRedis(redisUrl, filling) : fillInPostgres(url, filling))
  await ctx.close()
  const { report: web } = await startWeb(stage, url, env)
  const lines: Line[] = []
  for (const path of PAGES) lines.push(await measurePage(web, path, name))
  lines.push(await measureWorker(web, { url, redisUrl, name }))
  return lines
}

async function measurePage(web: string, path: string, store: string): Promise<Line> {
  const samples: number[] = []
  for (let n = 0; n < VISITS; n += 1) samples.push(await timed(() => fetchBytes(`${web}${path}`)))
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what: `${store}: ${path}`,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)}`,
    compared: '',
    target: { text: `p95 under ${showMs(TARGET_MS)}`, met: p95Ms < TARGET_MS },
    raw: { p50Ms, p95Ms },
  }
}

async function measureWorker(
  web: string,
  { url, redisUrl, name }: { url: string; redisUrl: string | undefined; name: string },
): Promise<Line> {
  const store = await openQueueStore({ REDIS_URL: redisUrl }, url)
  let done = 0
  const job = async () => {
    done += 1
  }
  const worker = store.worker(QUEUE, job, { concurrency: 10 })
  worker.on('error', () => undefined)
  await worker.waitUntilReady()
  await sleep(PHASE_MS) // to warm up
  const alone: number[] = []
  const withReaders: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await doneDuring(() => sleep(PHASE_MS)))
    withReaders.push(await doneDuring(() => readAll(web)))
  }
  await worker.close(true)
  await store.close()
  const ratio = median(withReaders) / median(alone)
  return {
    what: `${name}: a worker while every page is fetched each second`,
    measured: `${show(median(withReaders))} jobs/s`,
    compared: `x ${show(ratio)} of ${show(median(alone))} without`,
    target: { text: 'at least x 0.95', met: ratio >= 1 - MAX_SLOWER },
    raw: { alonePerSecond: median(alone), besidePerSecond: median(withReaders) },
  }

  async function doneDuring(work: () => Promise<unknown>): Promise<number> {
    const before = done
    const ms = await timed(work)
    return ((done - before) * 1000) / ms
  }
}

async function readAll(web: string): Promise<void> {
  const end = performance.now() + PHASE_MS
  while (performance.now() < end) {
    const next = sleep(READ_EVERY_MS)
    await Promise.all(PAGES.map((path) => fetchBytes(`${web}${path}`)))
    await next
  }
}
