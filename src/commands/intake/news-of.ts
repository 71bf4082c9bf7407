/** Finds the subjects that messages are news of, also of messages that are ignored or cannot be read as a whole. */
import { releaseGates } from '../../config/gate.ts'
import type { Context } from '../../context.ts'
import type { SubjectNews } from '../../db/queries/decisions/subject-news.ts'
import { namedIdentifiers } from '../../domain/gate/subject/named-identifiers.ts'
import { subjectTypeNamed } from '../../domain/gate/subject/subject-type.ts'
import type { Pairs } from '../../domain/message.ts'

/**
 * Every identifier that is named, under every type: each type finds results by keys of its own, so a result of one type may count for
 * subjects of another. Most of these subjects do not exist.
 */
export function newsOf(
  { settings, policies }: Pick<Context, 'settings' | 'policies'>,
  named: readonly Pairs[],
): SubjectNews {
  const { subjectTypes } = policies.current()
  const atGates = releaseGates(settings).map(({ subjectType }) => subjectTypeNamed(subjectTypes, subjectType))
  const types = new Set([...subjectTypes.all, ...atGates].map(({ id }) => id))
  const identifiers = new Set(named.flatMap((pairs) => namedIdentifiers(subjectTypes, pairs)))
  return { identifiers: [...identifiers], types: [...types] }
}
