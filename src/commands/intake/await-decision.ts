/** Finds out which subject a new result or waiver is about, and lets one that is read again wait for a decision on it (behaviour/greenwave 6.2, 6.3). */
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { recordNews } from '../../db/queries/decisions/subject-news.ts'
import { assignSubject, type SubjectName } from '../../db/queries/decisions/subjects.ts'
import { isWild } from '../../domain/gate/policy/glob.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import type { SubjectTypes } from '../../domain/gate/subject/subject-type.ts'
import { type News, pairsOfNews } from '../../domain/message.ts'
import { subjectFromName, subjectFromPairs } from '../../gate-input/request/parse-subjects.ts'
import { Skip } from '../../lib/errors.ts'
import { enqueueDecision } from '../decide/enqueue-decision.ts'
import { newsOf } from './news-of.ts'

/**
 * The row stays `new` until the decisions are stored. Safe to repeat.
 * @throws Skip when the message cannot change a decision
 */
export async function awaitDecision(
  ctx: Context,
  news: News,
  { id }: Pick<InboxRow, 'id'>,
): Promise<'waits'> {
  await recordNews(ctx.db.fork(), newsOf(ctx, [pairsOfNews(news)]))
  const name = subjectOfNews(ctx, news)
  const subjectId = await ctx.db.transaction((em) => assignSubject(em, id, name))
  await enqueueDecision(ctx, subjectId)
  return 'waits'
}

/** The subject, from the message alone. @throws Skip when the message cannot change a decision */
export function subjectOfNews(ctx: Pick<Context, 'settings' | 'policies'>, news: News): SubjectName {
  const { type, identifier } = findSubject(ctx, news)
  return { type: type.id, identifier }
}

function findSubject({ settings, policies }: Pick<Context, 'settings' | 'policies'>, news: News): Subject {
  const { subjectTypes } = policies.current()
  const { outcomes_incomplete: incomplete } = settings.file
  if (news.kind === 'result-new' && news.outcome !== null && incomplete.includes(news.outcome))
    throw new Skip(`The result is ${news.outcome}: the test has not ended.`)
  if (news.kind === 'waiver-new' && isWild(news.productVersion))
    throw new Skip(`The waiver is for '${news.productVersion}', a pattern, not a product version.`)
  try {
    return news.kind === 'result-new'
      ? subjectOfResult(subjectTypes, news)
      : subjectFromName(subjectTypes, news.subjectType, news.subjectIdentifier)
  } catch (error) {
    throw error instanceof DecisionError ? new Skip(`The message names no subject: ${error.message}`) : error
  }
}

/** Only composes with this key are subjects; results of composes in an older form of data are skipped. */
const COMPOSE = { type: 'compose', key: 'productmd.compose.id' }

function subjectOfResult(types: SubjectTypes, { pairs }: Extract<News, { kind: 'result-new' }>): Subject {
  const subject = subjectFromPairs(types, pairs)
  if (subject.type.id === COMPOSE.type && !Object.hasOwn(pairs, COMPOSE.key))
    throw new Skip(`The result is of a compose, but has no ${COMPOSE.key}.`)
  return subject
}
