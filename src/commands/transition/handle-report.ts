/** Turns a report about a task or compose into a fact: what the service itself answers is judged, never the report. */
import type { Report } from '../../../queues/payloads.ts'
import type { KojiClient } from '../../clients/koji/client.ts'
import type { TaskOutcome } from '../../clients/koji/task-outcome.ts'
import type { Context } from '../../context.ts'
import { type EndedBuild, runningBuildOf } from '../../db/queries/running-tasks.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import type { Fact, Verification } from '../../domain/rebuild/transition/facts.ts'
import { handlerOfType } from '../../handlers/index.ts'
import { isOdd, NotReady, NotVerifiable } from '../../lib/errors.ts'
import { applyFact } from './apply-fact.ts'
import { composeReported } from './compose-ended.ts'
import { verifyBuild } from './verify-build.ts'

/** A task may end in Koji a moment after its message was sent. */
const LOOK_AGAIN_MS = 500

type Handlers = {
  [K in Report['kind']]: (ctx: Context, report: Extract<Report, { kind: K }>) => Promise<void>
}

/** Applies the fact that a report leads to. Safe to repeat: a fact that was applied is ignored the second time. */
export async function handleReport(ctx: Context, report: Report): Promise<void> {
  const handle = HANDLERS[report.kind] as Handlers[Report['kind']] // the one for this very kind
  await handle(ctx, report as never)
}

/** Ends a finished build that cannot be verified, with `error` in its reason. Safe to repeat. */
export async function failVerification(ctx: Context, taskId: number, error: string): Promise<void> {
  const build = await runningBuildOf(ctx.db.fork(), taskId)
  if (!build) return
  const verification = { ok: false as const, text: buildText.handlingFailed(error) }
  await applyFact(ctx, build.eventId, { kind: 'task-closed', buildId: build.id, taskId, verification })
}

const HANDLERS: Handlers = {
  'task-reported': async (ctx, { taskId, lookUntil = 0 }) => {
    const build = await runningBuildOf(ctx.db.fork(), taskId)
    if (!build) return
    const fact = build.dryRun ? closed(build, { ok: true, note: null }) : await lookUp(ctx, build)
    if (fact) await applyFact(ctx, build.eventId, fact)
    else if (ctx.now().getTime() < lookUntil) throw new NotReady(`task ${taskId} still runs`, LOOK_AGAIN_MS)
  },
  'compose-reported': (ctx, { odcsComposeId }) => composeReported(ctx, odcsComposeId),
  recheck: async (ctx, { eventId }) => {
    await applyFact(ctx, eventId, { kind: 'recheck' })
  },
}

/** What Koji answers about the task of a build; undefined while it runs. */
async function lookUp(ctx: Context, build: EndedBuild): Promise<Fact | undefined> {
  const { koji } = ctx.clients
  if (!koji) throw new NotReady('the build system is not configured (KOJI_BASE_URL)', 60_000)
  try {
    return await factOf(ctx, koji, build, await koji.taskOutcome(build.taskId))
  } catch (error) {
    throw isOdd(error) ? new NotVerifiable(error.message) : error // what cannot be read is neither good nor bad
  }
}

async function factOf(
  ctx: Context,
  koji: KojiClient,
  build: EndedBuild,
  outcome: TaskOutcome,
): Promise<Fact | undefined> {
  const task = { buildId: build.id, taskId: build.taskId }
  if (outcome.kind === 'running') return undefined
  if (outcome.kind === 'lost') return { kind: 'task-lost', ...task }
  if (outcome.kind === 'canceled') return { kind: 'task-canceled', ...task }
  if (outcome.kind === 'failed') return { kind: 'task-failed', ...task, detail: outcome.fault.text }
  return closed(build, await verificationOf(ctx, koji, build, outcome.kojiBuildId))
}

function closed(build: EndedBuild, verification: Verification): Fact {
  return { kind: 'task-closed', buildId: build.id, taskId: build.taskId, verification }
}

/** A scratch build that was submitted as one leaves nothing in Koji to compare; so do builds of other handlers. */
async function verificationOf(
  ctx: Context,
  koji: KojiClient,
  build: EndedBuild,
  kojiBuildId: number | null,
): Promise<Verification> {
  const isVerified = handlerOfType(build.eventTypeId)?.verifiesRpms ?? false
  if (!isVerified || ctx.settings.file.koji_container_scratch_build) return { ok: true, note: null }
  return verifyBuild(ctx, koji, build, kojiBuildId)
}
