/** Checks whether everything this process needs is reachable, what is in trouble, and what has gone silent. */
import { serverVersion } from '../../db/orm.ts'
import { serviceTroubles } from '../../db/queries/service-troubles.ts'
import { amount } from '../../domain/amount.ts'
import { judgeSilence } from '../../domain/silence.ts'
import { missingServices } from '../../handlers/index.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import { withoutPassword } from '../../lib/log.ts'
import { presentDate } from '../../present/columns.ts'
import { presentTrouble } from '../../present/why.ts'
import { gatherSigns, silenceLimits } from '../gather-signs.ts'
import type { MonitorContext } from './measure.ts'

const PATIENCE_MS = 2000
/** The result for a part that this process does without (`--only gate`). */
const NOT_USED = 'not used'

/** How many web processes share the port, how many of them take requests, and since when some are missing (null: not). */
export type ProcessCount = { wanted: number; ready: number; missingSince: string | null }

type Check = { detail: string; ms: number; ok: boolean }

/**
 * Checks everything at once, for two seconds at most; a failure is logged. `status` is `not ready` when a check is not ok,
 * `degraded` while something is in trouble or silent. `webProcesses`: the further check of one of several web processes.
 */
export async function checkHealth(ctx: MonitorContext, webProcesses?: () => Promise<ProcessCount>) {
  let counted: ProcessCount | undefined
  const [bus, database, policies, queueStore, processes] = await Promise.all([
    check(() => probeBus(ctx)),
    check(() => probeDatabase(ctx)),
    check(async () => describePolicies(ctx)),
    check(() => probeQueueStore(ctx)),
    webProcesses &&
      check(async () => {
        counted = await webProcesses()
        return describeCount(counted)
      }),
  ])
  const checks = {
    bus,
    database,
    policies,
    queue_store: queueStore,
    ...(processes && { web_processes: processes }),
  }
  const [troubles, silent] = database.ok
    ? await Promise.all([currentTroubles(ctx), currentSilence(ctx)])
    : [[], []]
  const isReady = Object.values(checks).every(({ ok }) => ok)
  if (!isReady) ctx.log.warn({ checks }, 'readiness check failed')
  const ownTroubles = [...refusedSources(ctx), ...missingProcesses(counted)]
  const isWell = troubles.length + silent.length + ownTroubles.length === 0
  return {
    checks,
    handlers_off: ctx.db ? missingServices(ctx.settings.env) : [],
    silent,
    status: statusOf(isReady, isWell),
    troubles: [...troubles, ...ownTroubles],
  }
}

function statusOf(isReady: boolean, isWell: boolean): 'ready' | 'degraded' | 'not ready' {
  if (!isReady) return 'not ready'
  return isWell ? 'ready' : 'degraded'
}

async function currentTroubles({ db }: MonitorContext) {
  if (!db) return []
  const troubles = await withinTime(serviceTroubles(db.fork()), PATIENCE_MS).catch(() => [])
  return troubles.map(presentTrouble)
}

/**
 * Shown as trouble of our account at the bus. The process stays ready: what it receives from other sources is stored, and neither a
 * restart nor another process would get the rights that are missing.
 */
function refusedSources({ receptions = [] }: MonitorContext) {
  return receptions.flatMap((reception) =>
    reception.refused().map(({ source, detail, since }) => ({
      blame: 'account',
      detail: `the broker refuses ${source}: ${detail}`,
      service: 'bus',
      since: presentDate(since),
    })),
  )
}

/** The count as people read it. */
export function describeCount({ wanted, ready }: ProcessCount): string {
  return `${ready} of ${wanted} ready`
}

/** The other web processes serve the port meanwhile. */
function missingProcesses(count: ProcessCount | undefined) {
  if (!count?.missingSince) return []
  const { missingSince: since } = count
  return [{ blame: 'service', detail: describeCount(count), service: 'web processes', since }]
}

async function currentSilence({ db, now, settings }: MonitorContext) {
  if (!db) return []
  const signs = await withinTime(gatherSigns({ db, now, settings }), PATIENCE_MS).catch(() => null)
  if (!signs) return []
  return judgeSilence(signs, silenceLimits({ settings }), now()).map(({ kind, since, detail }) => ({
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

async function probeBus({ bus }: MonitorContext): Promise<string> {
  if (!bus) return 'not configured'
  const { connected, broker, detail } = await bus.check(PATIENCE_MS - 200)
  if (!connected) throw new Error(`${broker}: ${detail}`)
  return broker
}

async function probeDatabase({ db }: MonitorContext): Promise<string> {
  return db ? `PostgreSQL ${await serverVersion(db)}` : NOT_USED
}

async function probeQueueStore({ queues }: MonitorContext): Promise<string> {
  if (!queues) return NOT_USED
  await queues.check()
  return queues.kind === 'redis' ? 'Redis' : 'PostgreSQL'
}

/** An unusable change is only reported and never fails the check: decisions continue with the previous policies. */
function describePolicies({ policies }: MonitorContext): string {
  const { loadedAt, problems } = policies.status()
  const read = `${amount(policies.current().policies.length, 'policy', 'policies')}, read ${loadedAt.toISOString()}`
  return problems.length === 0 ? read : `${read}; a change since then cannot be used: ${problems.join('; ')}`
}
