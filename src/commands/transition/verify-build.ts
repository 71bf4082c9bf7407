/** Gathers evidence of whether a finished task has really produced its build, with the fix in it (behaviour/freshmaker 6.4). */
import type { RpmList } from '../../clients/koji/image-contents.ts'
import type { TaskReads } from '../../clients/koji/tasks/task-reads.ts'
import type { Context } from '../../context.ts'
import { readFixedRpms } from '../../db/queries/planning/findings.ts'
import type { BuildOfEndedTask } from '../../db/queries/running-tasks.ts'
import type { Verification } from '../../domain/rebuild/transition/facts.ts'
import {
  type Expected,
  fixedRpmNames,
  judgeRpms,
  missingArches,
  needsWholeList,
  type RpmEvidence,
} from '../../domain/rebuild/transition/verify-rpms.ts'
import { handlerOfType } from '../../handlers/index.ts'
import { NotVerifiable } from '../../lib/errors.ts'

/** Prefetches what `verifyBuild` reads first, for a build that will probably be verified. */
export function prefetchGuessed(reads: TaskReads, build: BuildOfEndedTask, kojiBuildId: number): void {
  if (verifiesRpms(build)) reads.prefetchImage(kojiBuildId)
  else reads.recentBuild(kojiBuildId).catch(() => undefined)
}

/**
 * Reads only. Every build must be in Koji, complete and under the name it was submitted with; its RPMs are compared where the
 * handler of its event knows which it must have.
 * @throws NotVerifiable while the evidence is missing or incomplete: only what was seen counts
 */
export async function verifyBuild(
  db: Context['db'],
  reads: TaskReads,
  build: BuildOfEndedTask,
  kojiBuildId: number,
): Promise<Verification> {
  if (!verifiesRpms(build)) return { ok: true, note: await checkRecord(reads, build, kojiBuildId) }
  const fixed = readFixedRpms(db.fork(), build.eventId)
  const [note, evidence, fixedNvrs] = await Promise.all([
    checkRecord(reads, build, kojiBuildId),
    gatherEvidence(reads, build, kojiBuildId, fixed),
    fixed,
  ])
  const verdict = judgeRpms(fixedNvrs, evidence, { kojiBuildId, advisoryId: Number(build.searchKey) })
  if ('unknown' in verdict) throw new NotVerifiable(verdict.unknown)
  return verdict.ok ? { ok: true, note: [note, verdict.note].filter(Boolean).join('; ') || null } : verdict
}

function verifiesRpms({ eventTypeId }: BuildOfEndedTask): boolean {
  return handlerOfType(eventTypeId)?.verifiesRpms ?? false
}

/**
 * Checks that the record is that of the build: its release and its parent are sent with every request, whatever the kind of event.
 * @returns a note on a build that was made on another parent; null without one
 * @throws NotVerifiable
 */
async function checkRecord(
  reads: TaskReads,
  build: BuildOfEndedTask,
  kojiBuildId: number,
): Promise<string | null> {
  const record = await reads.recentBuild(kojiBuildId)
  if (!record) throw new NotVerifiable(`Koji has no readable record of build ${kojiBuildId}`)
  if (record.state !== 'COMPLETE')
    throw new NotVerifiable(`Koji build ${kojiBuildId} is ${record.state}, not COMPLETE`)
  if (record.nvr !== build.rebuiltNvr)
    throw new NotVerifiable(`Koji build ${kojiBuildId} is ${record.nvr}, not ${build.rebuiltNvr}`)
  const [requested, builtOn] = [build.parentNvr, record.parent?.nvr ?? null] // null: not known
  if (requested === null || builtOn === null || builtOn === requested) return null
  return `Built on ${builtOn}, not on ${requested}`
}

async function gatherEvidence(
  reads: TaskReads,
  build: BuildOfEndedTask,
  kojiBuildId: number,
  fixed: Promise<string[]>,
): Promise<RpmEvidence> {
  const [listed, fixedNvrs] = await Promise.all([reads.listedRpms(kojiBuildId), fixed])
  const { rebuiltNvr: nvr, rpmsToFix: toFix, originalArches: arches } = build
  // Where the original's RPMs are not known either, a hub without files would leave every build unverifiable.
  const names = toFix ?? (reads.hasFiles ? fixedRpmNames(fixedNvrs) : [])
  const expected = { names, arches }
  const list = needsWholeList(expected, listed) ? await readWhole(reads, nvr, expected, listed) : listed
  const { rpms: installed, unreadable } = list
  return { nvr, toFix: toFix ?? [], missingArches: missingArches(arches, list), installed, unreadable }
}

/** If there is no complete list, one that lacks only architectures is used: these may have been dropped on purpose. */
async function readWhole(
  reads: TaskReads,
  nvr: string,
  expected: Expected,
  listed: RpmList,
): Promise<RpmList> {
  try {
    return await reads.metadataRpms(nvr)
  } catch (error) {
    if (error instanceof NotVerifiable && !needsWholeList({ ...expected, arches: null }, listed))
      return listed
    throw error
  }
}
