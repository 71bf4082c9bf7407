/** Gathers what shows whether a finished container really holds the fix (behaviour/freshmaker 6.4). */
import type { TaskReads } from '../../clients/koji/tasks/task-reads.ts'
import type { Context } from '../../context.ts'
import { readFixedRpms } from '../../db/queries/planning/findings.ts'
import type { EndedBuild } from '../../db/queries/running-tasks.ts'
import type { Verification } from '../../domain/rebuild/transition/facts.ts'
import { judgeRpms, needsWholeList, type RpmEvidence } from '../../domain/rebuild/transition/verify-rpms.ts'
import { NotVerifiable } from '../../lib/errors.ts'

/**
 * Reads only. `kojiBuildId` is null when the task left no build.
 * @throws NotVerifiable while the evidence is missing or incomplete: what was not seen is not so
 */
export async function verifyBuild(
  ctx: Context,
  reads: TaskReads,
  build: EndedBuild,
  kojiBuildId: number | null,
): Promise<Verification> {
  if (kojiBuildId === null) throw new NotVerifiable(`Task ${build.taskId} was closed without a Koji build`)
  const [fixed, evidence] = await Promise.all([
    readFixedRpms(ctx.db.fork(), build.eventId),
    gatherEvidence(reads, build, kojiBuildId),
  ])
  const verdict = judgeRpms(fixed, evidence, { kojiBuildId, advisoryId: Number(build.searchKey) })
  if ('unknown' in verdict) throw new NotVerifiable(verdict.unknown)
  return verdict
}

async function gatherEvidence(
  reads: TaskReads,
  build: EndedBuild,
  kojiBuildId: number,
): Promise<RpmEvidence> {
  const [record, listed] = await Promise.all([reads.recentBuild(kojiBuildId), reads.listedRpms(kojiBuildId)])
  if (!record) throw new NotVerifiable(`Koji has no readable record of build ${kojiBuildId}`)
  if (record.state !== 'COMPLETE')
    throw new NotVerifiable(`Koji build ${kojiBuildId} is ${record.state}, not COMPLETE`)
  if (record.nvr !== build.rebuiltNvr)
    throw new NotVerifiable(`Koji build ${kojiBuildId} is ${record.nvr}, not ${build.rebuiltNvr}`)
  const toFix = build.rpmsToFix ?? []
  const list = needsWholeList(toFix, listed) ? await reads.metadataRpms(build.rebuiltNvr) : listed
  return { nvr: build.rebuiltNvr, toFix, installed: list.rpms, unreadable: list.unreadable }
}
