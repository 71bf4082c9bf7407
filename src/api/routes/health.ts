/** Whether this process lives, and whether what it needs can be reached. */
import { createRoute, z } from '@hono/zod-openapi'
import { serverVersion } from '../../db/orm.ts'
import { serviceTroubles } from '../../db/queries/service-troubles.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import { withoutPassword } from '../../lib/log.ts'
import { presentTrouble } from '../../present/why.ts'
import type { Api, ApiContext } from '../api.ts'
import { json } from '../schemas.ts'

const PATIENCE_MS = 2000

const checkSchema = z
  .object({ detail: z.string(), ms: z.number().openapi({ description: 'Time taken' }), ok: z.boolean() })
  .openapi('HealthCheck')
const readySchema = z
  .object({
    checks: z.object({
      bus: checkSchema,
      database: checkSchema,
      policies: checkSchema,
      queue_store: checkSchema,
    }),
    status: z.enum(['ready', 'degraded', 'not ready']),
    troubles: z
      .array(z.object({ service: z.string(), blame: z.string(), detail: z.string(), since: z.string() }))
      .openapi({ description: 'Outside services in trouble: work that needs them waits' }),
  })
  .openapi('Readiness')
type Check = z.infer<typeof checkSchema>

/** `/healthcheck` for what watched the old services, `/health/live`, `/health/ready`. */
export function addHealth(app: Api, ctx: ApiContext): void {
  const healthcheck = createRoute({
    method: 'get',
    path: '/healthcheck',
    tags: ['health'],
    summary: 'Whether the process answers, as text',
    responses: { 200: { description: 'It does', content: { 'text/plain': { schema: z.string() } } } },
  })
  app.openapi(healthcheck, (c) => c.text('Health check OK', 200))

  const live = createRoute({
    method: 'get',
    path: '/health/live',
    tags: ['health'],
    summary: 'Whether the process answers',
    responses: { 200: json(z.object({ status: z.literal('live') }), 'It does') },
  })
  app.openapi(live, (c) => c.json({ status: 'live' as const }, 200))

  const ready = createRoute({
    method: 'get',
    path: '/health/ready',
    tags: ['health'],
    summary: 'Whether database, queue store and bus can be reached',
    responses: {
      200: json(readySchema, 'All of them; `degraded` while an outside service is in trouble'),
      503: json(readySchema, 'Not all of them'),
    },
  })
  app.openapi(ready, async (c) => {
    const [bus, database, policies, queueStore] = await Promise.all([
      check(() => askBus(ctx)),
      check(() => askDatabase(ctx)),
      check(async () => describePolicies(ctx)),
      check(() => askQueueStore(ctx)),
    ])
    const checks = { bus, database, policies, queue_store: queueStore }
    const troubles = database.ok ? await currentTroubles(ctx) : []
    const allWell = Object.values(checks).every(({ ok }) => ok)
    if (!allWell) ctx.log.warn({ checks }, 'not ready')
    return allWell
      ? c.json(
          { checks, status: troubles.length > 0 ? ('degraded' as const) : ('ready' as const), troubles },
          200,
        )
      : c.json({ checks, status: 'not ready' as const, troubles }, 503)
  })
}

async function currentTroubles({ db }: ApiContext) {
  const troubles = await withinTime(serviceTroubles(db.fork()), PATIENCE_MS).catch(() => [])
  return troubles.map(presentTrouble)
}

async function check(probe: () => Promise<string>): Promise<Check> {
  const started = performance.now()
  const ms = () => Math.round(performance.now() - started)
  try {
    return { detail: await withinTime(probe(), PATIENCE_MS), ms: ms(), ok: true }
  } catch (error) {
    return { detail: withoutPassword(messageOf(error)), ms: ms(), ok: false }
  }
}

async function askBus({ bus }: ApiContext): Promise<string> {
  if (!bus) return 'not configured'
  const { connected, broker, detail } = await bus.check(PATIENCE_MS - 200)
  if (!connected) throw new Error(`${broker}: ${detail}`)
  return broker
}

async function askDatabase({ db }: ApiContext): Promise<string> {
  return `PostgreSQL ${await serverVersion(db)}`
}

async function askQueueStore({ queues }: ApiContext): Promise<string> {
  await queues.byName.intake.getWaitingCount()
  return queues.kind === 'redis' ? 'Redis' : 'PostgreSQL'
}

/** A change that cannot be used is told and no more: decisions go on by the older policies. */
function describePolicies({ policies }: ApiContext): string {
  const { loadedAt, problems } = policies.status()
  const read = `${policies.current().policies.length} policies, read ${loadedAt.toISOString()}`
  return problems.length === 0 ? read : `${read}; a change since then cannot be used: ${problems.join('; ')}`
}
