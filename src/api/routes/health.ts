/** Liveness of the process, and reachability of its dependencies. */
import { createRoute, z } from '@hono/zod-openapi'
import { checkHealth } from '../../commands/monitor/check-health.ts'
import type { Api, SharedContext } from '../api.ts'
import { json } from '../schemas.ts'

const checkSchema = z
  .object({ detail: z.string(), ms: z.number().openapi({ description: 'Duration' }), ok: z.boolean() })
  .openapi('HealthCheck')
const readySchema = z
  .object({
    checks: z.object({
      bus: checkSchema,
      database: checkSchema,
      policies: checkSchema,
      queue_store: checkSchema,
      web_processes: checkSchema
        .optional()
        .openapi({ description: 'Present where several web processes share the port' }),
    }),
    handlers_off: z
      .array(z.string())
      .openapi({ description: 'Handlers that are off, each with the settings it lacks' }),
    silent: z.array(z.object({ kind: z.string(), since: z.string(), detail: z.string() })).openapi({
      description:
        'What has been silent for too long: a queue whose work stands still, a worker process, the bus, missed advisories',
    }),
    status: z.enum(['ready', 'degraded', 'not ready']),
    troubles: z
      .array(z.object({ service: z.string(), blame: z.string(), detail: z.string(), since: z.string() }))
      .openapi({
        description:
          'Outside services in trouble, for which work waits, sources of the bus that the broker refuses to this process, and web processes that are missing',
      }),
  })
  .openapi('Readiness')

/** `/healthcheck` for existing monitoring of the original services, `/health/live` and `/health/ready`. */
export function addHealth(app: Api, ctx: SharedContext): void {
  const healthcheck = createRoute({
    method: 'get',
    path: '/healthcheck',
    tags: ['health'],
    summary: 'Liveness, as text',
    responses: {
      200: { description: 'The process is alive', content: { 'text/plain': { schema: z.string() } } },
    },
  })
  app.openapi(healthcheck, (c) => c.text('Health check OK', 200))

  const live = createRoute({
    method: 'get',
    path: '/health/live',
    tags: ['health'],
    summary: 'Liveness',
    responses: { 200: json(z.object({ status: z.literal('live') }), 'The process is alive') },
  })
  app.openapi(live, (c) => c.json({ status: 'live' as const }, 200))

  const ready = createRoute({
    method: 'get',
    path: '/health/ready',
    tags: ['health'],
    summary: 'Readiness: whether database, queue store and bus are reachable',
    responses: {
      200: json(
        readySchema,
        'All are reachable; `degraded` while an outside service is in trouble or something has gone silent',
      ),
      503: json(readySchema, 'At least one is not reachable'),
    },
  })
  app.openapi(ready, async (c) => {
    const health = await checkHealth(ctx, ctx.peers?.count)
    return health.status === 'not ready' ? c.json(health, 503) : c.json(health, 200)
  })
}
