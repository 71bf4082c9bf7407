/** All metrics in the Prometheus text format (behaviour/freshmaker 11). */
import { createRoute, z } from '@hono/zod-openapi'
import { QUEUE_NAMES } from '../../../queues/catalog.ts'
import { gatherSigns } from '../../commands/gather-signs.ts'
import { readCounters } from '../../db/counts/metric-counters.ts'
import { serviceTroubles } from '../../db/queries/service-troubles.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import type { CounterSums } from '../../lib/metrics.ts'
import type { Api, SharedContext } from '../api.ts'
import type { ProcessReport } from '../processes/messages.ts'

const PATIENCE_MS = 2000
const STATES = ['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const
const PATHS = ['/metrics', '/api/1/monitor/metrics'] as const

/** `/metrics`, and the path of the original. If a store does not answer, its metrics keep their previous values. */
export function addMetrics(app: Api, ctx: SharedContext): void {
  const readSums = sumsReader(ctx)
  let sums: CounterSums = new Map()
  ctx.peers?.onReport(async () => ({
    series: await ctx.metrics.ownSeries(),
    counted: ctx.db ? {} : plainSums(await readSums()),
  }))
  for (const path of PATHS) {
    const route = createRoute({
      method: 'get',
      path,
      tags: ['metrics'],
      summary: 'Metrics for Prometheus',
      responses: {
        200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } },
      },
    })
    app.openapi(route, async (c) => {
      const warn = (error: unknown) => ctx.log.warn({ reason: messageOf(error) }, 'metrics are incomplete')
      let others: ProcessReport[] = []
      await Promise.all([
        ctx.peers?.collect().then((reports) => {
          others = reports
        }, warn),
        withinTime(readSums(), PATIENCE_MS).then((newest) => {
          sums = newest
        }, warn),
        withinTime(measureQueues(ctx), PATIENCE_MS).catch(warn),
        withinTime(measureTroubles(ctx), PATIENCE_MS).catch(warn),
        withinTime(measureSilence(ctx), PATIENCE_MS).catch(warn),
      ])
      const text = await ctx.metrics.render(
        addSums(sums, others),
        others.map(({ series }) => series),
      )
      return c.text(text, 200, { 'Content-Type': ctx.metrics.contentType })
    })
  }
}

/** The sums of all processes from their database, or those of this process where it has none. */
function sumsReader({ db, metrics, now }: SharedContext): () => Promise<CounterSums> {
  if (db) return () => readCounters({ db, metrics })
  const since = now()
  const sums = new Map<string, { value: number; since: Date }>()
  return async () => {
    for (const [name, by] of Object.entries(metrics.takeIncrements()))
      sums.set(name, { value: (sums.get(name)?.value ?? 0) + (by ?? 0), since })
    return sums
  }
}

function plainSums(sums: CounterSums): ProcessReport['counted'] {
  return Object.fromEntries(
    [...sums].map(([key, { value, since }]) => [key, { value, since: since.getTime() }]),
  )
}

/** Only processes without a database report what they have counted: else all read the same sums. */
function addSums(own: CounterSums, others: readonly ProcessReport[]): CounterSums {
  const sums = new Map(own)
  for (const [key, { value, since }] of others.flatMap(({ counted }) => Object.entries(counted))) {
    const known = sums.get(key)
    const earliest = Math.min(since, known?.since.getTime() ?? since)
    sums.set(key, { value: value + (known?.value ?? 0), since: new Date(earliest) })
  }
  return sums
}

async function measureTroubles({ db, metrics, now }: SharedContext): Promise<void> {
  if (!db) return
  const troubles = await serviceTroubles(db.fork())
  metrics.troubles(
    troubles.map(({ service, blame, since }) => ({
      service,
      blame,
      seconds: (now().getTime() - since.getTime()) / 1000,
    })),
  )
}

async function measureSilence({ db, metrics, now }: SharedContext): Promise<void> {
  if (!db) return
  const { oldestDue, workers, watch } = await gatherSigns({ db, now })
  const age = (since: Date | null) => (since ? Math.max(0, (now().getTime() - since.getTime()) / 1000) : 0)
  metrics.silence({
    queues: Object.entries(oldestDue).map(([name, since]) => ({ name, seconds: age(since) })),
    workers: workers.map(({ host, pid, seenAt }) => ({ name: `${host}:${pid}`, seconds: age(seenAt) })),
    missedAdvisories: watch?.missed.length ?? 0,
  })
}

async function measureQueues({ queues, metrics }: SharedContext): Promise<void> {
  if (!queues) return
  const counted = QUEUE_NAMES.map(async (name) => ({
    name,
    jobs: await queues.byName[name].getJobCounts(...STATES),
  }))
  for (const { name, jobs } of await Promise.all(counted))
    for (const state of STATES) metrics.queueJobs(name, state, jobs[state] ?? 0)
}
