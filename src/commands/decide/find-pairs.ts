/** Finds the decisions that the waiting messages about a subject may change. */
import type { Context } from '../../context.ts'
import {
  type Candidates,
  candidatePairs,
  type Pair,
  type Reported,
} from '../../domain/gate/change/candidates.ts'
import { type Facts, joinFacts, NO_FACTS } from '../../domain/gate/facts/facts.ts'
import { createMissingFacts, isSettled, type MissingFacts } from '../../domain/gate/facts/needs.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import type { News } from '../../domain/message.ts'
import { withDeadline } from '../../lib/async/deadline.ts'
import { troubleOf } from '../../lib/errors.ts'
import type { Gate } from '../gate/open-gate.ts'
import { versionFinder } from './find-versions.ts'

/** A message that waits, by the id of its row. */
export type WaitingNews = { id: number; news: News }

/**
 * A decision to judge again: the messages that it is due for, the moment before the earliest of them in microseconds, and
 * the latest of them.
 */
export type DuePair = Pair & { ids: number[]; beforeUs: number; news: News }

/** `held`: messages whose pairs cannot be found for now, and why. */
export type FoundPairs = { pairs: DuePair[]; facts: Facts; held: Map<number, Error> }

type FindCandidates = (item: Reported, facts: Facts, missing?: MissingFacts) => Candidates

/** Rule files are found in a few rounds: the build, the file. */
const MAX_ROUNDS = 10

/**
 * The pairs of all messages (oldest first) together, each once, and the facts that were needed to find them. `decided`: those that
 * earlier messages have led to.
 */
export async function findPairs(
  ctx: Pick<Context, 'clients' | 'log' | 'metrics'>,
  gate: Gate,
  subject: Subject,
  { waiting, decided }: { waiting: readonly WaitingNews[]; decided: readonly Pair[] },
): Promise<FoundPairs> {
  const choice = gate.candidateSource()
  // Most results are of test cases that no policy demands: the build system is not queried for their builds.
  const relevant = waiting.filter(
    ({ news }) => choice.policies.concerning(news.testCase, subject.type).length > 0,
  )
  const { found: versions, held } = await gatherVersions(ctx, subject, relevant)
  // A waiver counts only in the version that it names, a result in all.
  const items = versions.map((item) => ({ ...item, decided: item.news.kind === 'result-new' ? decided : [] }))
  const candidatesFor: FindCandidates = (item, facts, missing = createMissingFacts()) =>
    candidatePairs(subject, item, choice, { facts, missing, settings: gate.settings })
  const facts = await withDeadline(gate.deadlineMs, (signal) =>
    gatherFiles(gate, items, candidatesFor, signal),
  )
  const found = items.map((item) => ({ ...item, ...candidatesFor(item, facts) }))
  for (const { unresolved } of found)
    if (unresolved > 0) ctx.metrics.count('decision_unresolved_versions', unresolved)
  return { pairs: joinPairs(found), facts, held }
}

/** The messages with the versions that they are about, except those whose versions cannot be found for now. */
async function gatherVersions(
  ctx: Pick<Context, 'clients' | 'log'>,
  subject: Subject,
  waiting: readonly WaitingNews[],
): Promise<{ found: (WaitingNews & Omit<Reported, 'decided'>)[]; held: Map<number, Error> }> {
  const held = new Map<number, Error>()
  const findVersions = versionFinder(ctx, subject)
  const found = await Promise.all(
    waiting.map(async ({ id, news }) => {
      try {
        return [{ id, news, testCase: news.testCase, versions: await findVersions(news) }]
      } catch (error) {
        if (!(error instanceof Error && troubleOf(error))) throw error
        held.set(id, error)
        return []
      }
    }),
  )
  return { found: found.flat(), held }
}

async function gatherFiles(
  gate: Gate,
  items: readonly Reported[],
  candidatesFor: FindCandidates,
  signal: AbortSignal,
): Promise<Facts> {
  let facts = NO_FACTS
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const missing = createMissingFacts()
    for (const item of items) candidatesFor(item, facts, missing)
    const needs = missing.needs(null)
    if (isSettled(needs)) return facts
    facts = joinFacts(facts, await gate.gather(needs, signal))
  }
  throw new Error(`no candidates after ${MAX_ROUNDS} rounds`)
}

/** Each pair once, with the messages that it is due for. `found`: oldest first. */
function joinPairs(found: readonly (WaitingNews & { pairs: readonly Pair[] })[]): DuePair[] {
  const joined = new Map<string, DuePair>()
  for (const { id, news, pairs } of found) {
    for (const pair of pairs) {
      const key = JSON.stringify([pair.decisionContext, pair.productVersion])
      const { ids, beforeUs } = joined.get(key) ?? { ids: [], beforeUs: Number.POSITIVE_INFINITY }
      const earliestUs = Math.min(news.submittedUs - 1, beforeUs)
      joined.set(key, { ...pair, ids: [...ids, id], beforeUs: earliestUs, news })
    }
  }
  return [...joined.values()]
}
