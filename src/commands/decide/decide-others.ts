/** Decides again on other subjects that a result counts for, so that what was published about them stays true (decision 0113). */
import type { Context } from '../../context.ts'
import { decidedSubjects, subjectState } from '../../db/queries/decisions/stored-decisions.ts'
import { digestedName, type SubjectName } from '../../db/queries/decisions/subjects.ts'
import { isPair, type Pair } from '../../domain/gate/change/candidates.ts'
import { subjectsOfResult } from '../../domain/gate/subject/named-identifiers.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import { troubleOf } from '../../lib/errors.ts'
import type { Gate } from '../gate/open-gate.ts'
import type { PublishAtOnce } from '../publish/publish-at-once.ts'
import type { WaitingNews } from './find-pairs.ts'
import { judgeChanges } from './judge-changes.ts'
import { recordDecisions } from './record-decisions.ts'

/** What decisions are made with, and how their changes are published. */
export type DecisionTools = { gate: Gate; publish: PublishAtOnce }

/** `about`: the results that count for the subject. */
type Other = { subject: Subject; about: WaitingNews[] }

/**
 * Decides again only what was decided on them before. Call it before the messages end. Safe to repeat and to run concurrently.
 * @returns the messages that have to wait, and why
 */
export async function decideOthers(
  ctx: Context,
  tools: DecisionTools,
  subject: Subject,
  waiting: readonly WaitingNews[],
): Promise<Map<number, Error>> {
  const held = new Map<number, Error>()
  const others = findOthers(tools.gate, subject, waiting)
  const names = [...others.values()].map((other) => nameOf(other.subject))
  for (const { id, ...name } of await decidedSubjects(ctx.db.fork(), names)) {
    const other = others.get(digestedName(name))
    if (other)
      for (const [inboxId, error] of await decideOther(ctx, tools, id, other)) held.set(inboxId, error)
  }
  return held
}

/** The other subjects by `digestedName`, only those with a policy that the results may concern: hardly any result has one. */
function findOthers(gate: Gate, subject: Subject, waiting: readonly WaitingNews[]): Map<string, Other> {
  const types = gate.policies().subjectTypes
  const { policies } = gate.candidateSource()
  const own = digestedName(nameOf(subject))
  const others = new Map<string, Other>()
  for (const item of waiting) {
    if (item.news.kind !== 'result-new') continue
    for (const other of subjectsOfResult(types, item.news.pairs)) {
      const name = digestedName(nameOf(other))
      if (name === own || policies.concerning(item.news.testCase, other.type).length === 0) continue
      const known = others.get(name)
      if (known) known.about.push(item)
      else others.set(name, { subject: other, about: [item] })
    }
  }
  return others
}

function nameOf({ type, identifier }: Subject): SubjectName {
  return { type: type.id, identifier }
}

async function decideOther(
  ctx: Context,
  { gate, publish }: DecisionTools,
  subjectId: number,
  { subject, about }: Other,
): Promise<ReadonlyMap<number, Error>> {
  try {
    for (;;) {
      const state = await subjectState(ctx.db.fork(), subjectId)
      if (!state) return new Map()
      gate.forgetSubject(subject.identifier)
      const judgedBy = gate.judgedBy()
      const isDue = (pair: Pair) => state.decisions.some(isPair(pair))
      const { held, ...outcome } = await judgeChanges(ctx, gate, { subject, state, waiting: about }, isDue)
      const decisions = { subjectId, subject, state, ...outcome, judgedBy, ended: [] }
      if (await recordDecisions(ctx, publish, decisions)) return held // else another run has stored decisions meanwhile
    }
  } catch (error) {
    if (!(error instanceof Error && troubleOf(error))) throw error
    return new Map(about.map(({ id }) => [id, error]))
  }
}
