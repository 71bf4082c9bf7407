/** `GET /api/2/queues`: how much work waits in each queue, and for what. */
import { createRoute, z } from '@hono/zod-openapi'
import { CATALOG, type QueueName } from '../../../../queues/catalog.ts'
import { countJobs } from '../../../commands/count-jobs.ts'
import { MAX_COUNTED } from '../../../db/queries/pages/job-counts.ts'
import { serviceTroubles } from '../../../db/queries/service-troubles.ts'
import { oldestDue } from '../../../db/queries/silence/signs.ts'
import { waitsByCause } from '../../../db/queries/waits.ts'
import { presentDate, presentDateOrNull } from '../../../present/columns.ts'
import { presentTrouble } from '../../../present/why.ts'
import type { Api, ApiContext } from '../../api.ts'
import { requires } from '../../auth/requires.ts'
import { guardResponses, json } from '../../schemas.ts'

const AGE = 'Up to a second old.'
const LIMIT = `With queues in PostgreSQL, jobs of one kind are counted up to ${MAX_COUNTED}; one more stands for any number above`

const queueSchema = z
  .object({
    name: z.string(),
    does: z.string(),
    active: z.int().openapi({ description: `Run now. ${AGE}` }),
    waiting: z.int().openapi({ description: `May start now. ${AGE} ${LIMIT}` }),
    delayed: z.int().openapi({ description: `Start later. ${AGE}` }),
    due_since: z.string().nullable().openapi({
      description: 'Since when its oldest row is due; null: none is, or the queue has no rows of its own',
    }),
    failed: z
      .int()
      .openapi({ description: `Have failed for good; the sweep starts again what is due. ${AGE}` }),
  })
  .openapi('Queue')

const waitsSchema = z
  .object({
    kind: z.enum(['service', 'verification']),
    service: z.string().nullable(),
    blame: z.string().nullable(),
    jobs: z.int(),
    since: z.string(),
  })
  .openapi('QueueWaits')

const troubleSchema = z.object({
  service: z.string(),
  blame: z.string(),
  detail: z.string(),
  since: z.string(),
})

const route = createRoute({
  method: 'get',
  path: '/api/2/queues',
  tags: ['operate'],
  summary: 'Numbers of jobs in each queue (of the last second), what they wait for, and services in trouble',
  middleware: requires('operate-queues'),
  responses: {
    200: json(
      z.object({
        queues: z.array(queueSchema),
        waits: z.array(waitsSchema),
        troubles: z.array(troubleSchema),
      }),
      'The queues in pipeline order',
    ),
    ...guardResponses('operate-queues'),
  },
})

/** Adds the route, in version 2 only because the original has no such endpoint. */
export function addQueueCounts(app: Api, ctx: ApiContext): void {
  app.openapi(route, async (c) => {
    const em = ctx.db.fork()
    const due: Partial<Record<QueueName, Date | null>> = await oldestDue(em, ctx.now())
    const queues = [...(await countJobs(ctx))].map(([name, counts]) => ({
      name,
      does: CATALOG[name].does,
      active: counts.active,
      waiting: counts.waiting + counts.prioritized,
      delayed: counts.delayed,
      due_since: presentDateOrNull(due[name] ?? null),
      failed: counts.failed,
    }))
    const waits = (await waitsByCause(em)).map(({ service, blame, jobs, since }) => ({
      kind: service === null ? ('verification' as const) : ('service' as const),
      service,
      blame,
      jobs,
      since: presentDate(since),
    }))
    const troubles = (await serviceTroubles(em)).map(presentTrouble)
    return c.json({ queues, waits, troubles }, 200)
  })
}
