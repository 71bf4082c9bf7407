/** All metrics in the Prometheus text format (behaviour/freshmaker 11). */
import { createRoute, z } from '@hono/zod-openapi'
import { countJobs } from '../../commands/count-jobs.ts'
import { gatherSigns } from '../../commands/gather-signs.ts'
import { readCounters } from '../../db/counts/metric-counters.ts'
import { JOB_STATES } from '../../db/queries/pages/job-counts.ts'
import { serviceTroubles } from '../../db/queries/service-troubles.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import type { CounterSums } from '../../lib/metrics.ts'
import type { Api, SharedContext } from '../api.ts'

const PATIENCE_MS = 2000
const PATHS = ['/metrics', '/api/1/monitor/metrics'] as const

/** `/metrics`, and the path of the original. If a store does not answer, its metrics keep their previous values. */
export function addMetrics(app: Api, ctx: SharedContext): void {
  const readSums = sumsReader(ctx)
  let sums: CounterSums = new Map()
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
      await Promise.all([
        withinTime(readSums(), PATIENCE_MS).then((newest) => {
          sums = newest
        }, warn),
        withinTime(measureQueues(ctx), PATIENCE_MS).catch(warn),
        withinTime(measureTroubles(ctx), PATIENCE_MS).catch(warn),
        withinTime(measureSilence(ctx), PATIENCE_MS).catch(warn),
      ])
      const text = await ctx.metrics.render(sums)
      return c.text(text, 200, { 'Content-Type': ctx.metrics.registry.contentType })
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

async function measureQueues({ queues, db, metrics }: SharedContext): Promise<void> {
  if (!queues || !db) return
  for (const [name, jobs] of await countJobs({ queues, db }))
    for (const state of JOB_STATES) metrics.queueJobs(name, state, jobs[state])
}
