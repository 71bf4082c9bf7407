/** Turns a report into a fact for the state machine, querying first what the fact depends on. */
import type { Report } from '../../../queues/payloads.ts'
import type { Context } from '../../context.ts'
import { type EndedBuild, runningBuildOf } from '../../db/queries/running-tasks.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import type { Fact, Verification } from '../../domain/rebuild/transition/facts.ts'
import { handlerOfType } from '../../handlers/index.ts'
import { applyFact } from './apply-fact.ts'
import { composeEnded } from './compose-ended.ts'
import { verifyBuild } from './verify-build.ts'

type Handlers = {
  [K in Report['kind']]: (ctx: Context, report: Extract<Report, { kind: K }>) => Promise<void>
}

/** Applies the fact that a report leads to. Safe to repeat: a fact that was applied is ignored the second time. */
export async function handleReport(ctx: Context, report: Report): Promise<void> {
  const handle = HANDLERS[report.kind] as Handlers[Report['kind']] // the one for this very kind
  await handle(ctx, report as never)
}

/** Ends a finished build whose RPMs cannot be read, with `error` in its reason. Safe to repeat. */
export async function failVerification(ctx: Context, taskId: number, error: string): Promise<void> {
  const build = await runningBuildOf(ctx.db.fork(), taskId)
  if (!build) return
  const verification = { ok: false as const, text: buildText.handlingFailed(error) }
  await applyFact(ctx, build.eventId, { kind: 'task-closed', buildId: build.id, taskId, verification })
}

const HANDLERS: Handlers = {
  'task-ended': async (ctx, { taskId, state }) => {
    const build = await runningBuildOf(ctx.db.fork(), taskId)
    if (!build) return
    await applyFact(ctx, build.eventId, await factOf(ctx, build, state))
  },
  'task-lost': async (ctx, { taskId }) => {
    const build = await runningBuildOf(ctx.db.fork(), taskId)
    if (!build) return
    await applyFact(ctx, build.eventId, { kind: 'task-lost', buildId: build.id, taskId })
  },
  'compose-changed': (ctx, { odcsComposeId, state }) => composeEnded(ctx, odcsComposeId, state),
  recheck: async (ctx, { eventId }) => {
    await applyFact(ctx, eventId, { kind: 'recheck' })
  },
}

async function factOf(
  ctx: Context,
  build: EndedBuild,
  state: 'CLOSED' | 'FAILED' | 'CANCELED',
): Promise<Fact> {
  const task = { buildId: build.id, taskId: build.taskId }
  if (state === 'CANCELED') return { kind: 'task-canceled', ...task }
  if (state === 'FAILED') return { kind: 'task-failed', ...task, ...(await failureOf(ctx, build)) }
  return { kind: 'task-closed', ...task, verification: await verificationOf(ctx, build) }
}

async function verificationOf(ctx: Context, build: EndedBuild): Promise<Verification> {
  const verifies = handlerOfType(build.eventTypeId)?.verifiesRpms ?? false
  if (!verifies || build.dryRun || build.taskId < 0) return { ok: true }
  return verifyBuild(ctx, build)
}

/** What the build system reports about a failed task; kept with the build as the reason. */
async function failureOf(ctx: Context, build: EndedBuild): Promise<{ detail: string }> {
  const outcome = await ctx.clients.koji?.taskOutcome(build.taskId)
  return { detail: outcome?.kind === 'failed' ? outcome.fault.text : '' }
}
