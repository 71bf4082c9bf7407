/** Finds the decisions at release gates on a rebuilt image, which every message about it causes to be judged again (decision 0039). */
import { releaseGates } from '../../config/gate.ts'
import type { Context } from '../../context.ts'
import { isNvrTaken } from '../../db/queries/submit/build-claim.ts'
import { isPair, type Pair } from '../../domain/gate/change/candidates.ts'
import { hasPolicy } from '../../domain/gate/release/release-gate.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { isNameOf } from '../../domain/gate/subject/subject-type.ts'
import type { Gate } from '../gate/open-gate.ts'
import type { DuePair, FoundPairs, WaitingNews } from './find-pairs.ts'

/** `atGates`: the pairs at all release gates. `onlyAtGates`: those of them that no message leads to by itself. */
export type ReleasePairs = { atGates: Pair[]; onlyAtGates: DuePair[] }

/** Nothing for a subject that was not rebuilt here: its builds are known by their NVR before their tasks begin. */
export async function findReleasePairs(
  { db, settings }: Pick<Context, 'db' | 'settings'>,
  gate: Gate,
  { type, identifier }: Subject,
  { pairs, waiting }: Pick<FoundPairs, 'pairs'> & { waiting: readonly WaitingNews[] },
): Promise<ReleasePairs> {
  const gates = releaseGates(settings).filter(({ subjectType }) => isNameOf(type, subjectType))
  const [oldest] = waiting
  if (!oldest || gates.length === 0 || !(await isNvrTaken(db.fork(), identifier)))
    return { atGates: [], onlyAtGates: [] }
  // One pair may be named twice, by the id and by an alias of the type.
  const atGates = gates
    .filter((candidate) => hasPolicy(candidate, gate.policies()))
    .filter((candidate, index, all) => all.findIndex(isPair(candidate)) === index)
  const onlyAtGates = atGates
    .filter((candidate) => !pairs.some(isPair(candidate)))
    .map(({ decisionContext, productVersion }) => ({
      decisionContext,
      productVersion,
      ids: [],
      beforeUs: oldest.news.submittedUs - 1,
      news: oldest.news,
    }))
  return { atGates, onlyAtGates }
}
