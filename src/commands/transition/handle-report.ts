/** Turns a report about a task or compose into a fact: what the service itself answers is judged, never the report. */
import type { Report } from '../../../queues/payloads.ts'
import type { Context } from '../../context.ts'
import { runningBuildOf } from '../../db/queries/running-tasks.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import { NotReady } from '../../lib/errors.ts'
import { applyFact } from './apply-fact.ts'
import { cancelSurplus } from './cancel-surplus.ts'
import { cancelTask } from './cancel-task.ts'
import { composeReported } from './compose-ended.ts'
import { lookUpTask } from './look-up-task.ts'

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
  'task-reported': async (ctx, { taskId, lookUntil = 0, kojiBuildId }) => {
    const build = await runningBuildOf(ctx.db.fork(), taskId)
    if (!build) return
    const fact = await lookUpTask(ctx, build, kojiBuildId)
    if (fact) await applyFact(ctx, build.eventId, fact)
    else if (ctx.now().getTime() < lookUntil) throw new NotReady(`task ${taskId} still runs`, LOOK_AGAIN_MS)
  },
  'compose-reported': (ctx, { odcsComposeId }) => composeReported(ctx, odcsComposeId),
  recheck: async (ctx, { eventId }) => {
    await applyFact(ctx, eventId, { kind: 'recheck' })
  },
  'cancel-due': (ctx, { buildId }) => cancelTask(ctx, buildId),
  'surplus-due': (ctx, report) => cancelSurplus(ctx, report),
}
