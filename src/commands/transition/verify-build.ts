/** Checks that a finished container really holds the fixed RPMs (behaviour/freshmaker 6.4). */
import type { Context } from '../../context.ts'
import { readFixedRpms } from '../../db/queries/planning/findings.ts'
import type { EndedBuild } from '../../db/queries/running-tasks.ts'
import type { Verification } from '../../domain/rebuild/transition/facts.ts'
import { mismatchText, verifyRpms } from '../../domain/rebuild/transition/verify-rpms.ts'
import { NotReady } from '../../lib/errors.ts'

/** Reads only. A scratch build leaves no build in Koji, so there is nothing to compare: it passes. */
export async function verifyBuild(ctx: Context, build: EndedBuild): Promise<Verification> {
  const { koji } = ctx.clients
  if (!koji) throw new NotReady('the build system is not configured (KOJI_BASE_URL)', 60_000)
  const fixed = await readFixedRpms(ctx.db.fork(), build.eventId)
  const outcome = await koji.taskOutcome(build.taskId)
  if (outcome.kind !== 'closed' || outcome.kojiBuildId === null) return { ok: true }
  const installed = await koji.imageRpms(outcome.kojiBuildId, build.rebuiltNvr)
  const check = verifyRpms(fixed, installed)
  if (check.ok) return { ok: true }
  return { ok: false, text: mismatchText(outcome.kojiBuildId, Number(build.searchKey), check.mismatches) }
}
