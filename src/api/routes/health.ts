/** Liveness of the process, and reachability of its dependencies. */
import { createRoute, z } from '@hono/zod-openapi'
import { gatherSigns, limitsOf } from '../../commands/gather-signs.ts'
import { serverVersion } from '../../db/orm.ts'
import { serviceTroubles } from '../../db/queries/service-troubles.ts'
import { judgeSilence } from '../../domain/silence.ts'
import { missingServices } from '../../handlers/index.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import { withoutPassword } from '../../lib/log.ts'
import { presentDate } from '../../present/columns.ts'
import { presentTrouble } from '../../present/why.ts'
import type { Api, SharedContext } from '../api.ts'
import type { Peers } from '../processes/peers.ts'
import { json } from '../schemas.ts'

const PATIENCE_MS = 2000
/** Of a part that this process does without (`--only gate`). */
const NOT_USED = 'not used'

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
      .openapi({ description: 'Outside services in trouble: work that needs them waits' }),
  })
  .openapi('Readiness')
type Check = z.infer<typeof checkSchema>

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
    const [bus, database, policies, queueStore] = await Promise.all([
      check(() => probeBus(ctx)),
      check(() => probeDatabase(ctx)),
      check(async () => describePolicies(ctx)),
      check(() => probeQueueStore(ctx)),
    ])
    const { peers } = ctx
    const processes = peers && { web_processes: await check(() => countProcesses(peers)) }
    const checks = { bus, database, policies, queue_store: queueStore, ...processes }
    const [troubles, silent] = database.ok
      ? await Promise.all([currentTroubles(ctx), currentSilence(ctx)])
      : [[], []]
    const isWell = troubles.length + silent.length === 0
    const off = ctx.db ? missingServices(ctx.settings.env) : []
    const isReady = Object.values(checks).every(({ ok }) => ok)
    if (!isReady) ctx.log.warn({ checks }, 'readiness check failed')
    return isReady
      ? c.json(
          {
            checks,
            handlers_off: off,
            silent,
            status: isWell ? ('ready' as const) : ('degraded' as const),
            troubles,
          },
          200,
        )
      : c.json({ checks, handlers_off: off, silent, status: 'not ready' as const, troubles }, 503)
  })
}

async function currentTroubles({ db }: SharedContext) {
  if (!db) return []
  const troubles = await withinTime(serviceTroubles(db.fork()), PATIENCE_MS).catch(() => [])
  return troubles.map(presentTrouble)
}

async function currentSilence({ db, now, settings }: SharedContext) {
  if (!db) return []
  const signs = await withinTime(gatherSigns({ db, now }), PATIENCE_MS).catch(() => null)
  if (!signs) return []
  return judgeSilence(signs, limitsOf({ settings }), now()).map(({ kind, since, detail }) => ({
    kind,
    since: presentDate(since),
    detail,
  }))
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

async function probeBus({ bus }: SharedContext): Promise<string> {
  if (!bus) return 'not configured'
  const { connected, broker, detail } = await bus.check(PATIENCE_MS - 200)
  if (!connected) throw new Error(`${broker}: ${detail}`)
  return broker
}

async function probeDatabase({ db }: SharedContext): Promise<string> {
  return db ? `PostgreSQL ${await serverVersion(db)}` : NOT_USED
}

async function probeQueueStore({ queues }: SharedContext): Promise<string> {
  if (!queues) return NOT_USED
  await queues.byName.intake.getWaitingCount()
  return queues.kind === 'redis' ? 'Redis' : 'PostgreSQL'
}

async function countProcesses(peers: Peers): Promise<string> {
  const { ready, wanted } = await peers.count()
  return `${ready} of ${wanted} ready`
}

/** An unusable change is only reported and never fails the check: decisions continue with the previous policies. */
function describePolicies({ policies }: SharedContext): string {
  const { loadedAt, problems } = policies.status()
  const read = `${policies.current().policies.length} policies, read ${loadedAt.toISOString()}`
  return problems.length === 0 ? read : `${read}; a change since then cannot be used: ${problems.join('; ')}`
}
