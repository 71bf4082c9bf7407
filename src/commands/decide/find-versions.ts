/** Finds the product versions that a result is about (behaviour/greenwave 2.5). */
import type { Context } from '../../context.ts'
import { guessProductVersions, needsBuildTarget } from '../../domain/gate/subject/product-version.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import type { News } from '../../domain/message.ts'
import { messageOf, troubleOf } from '../../lib/errors.ts'

type VersionContext = Pick<Context, 'clients' | 'log'>

/**
 * The versions, by the build's target where the subject does not say them itself; empty: not known. A waiver names its own.
 * A build that the hub does not know, or has no readable target of, is guessed from its name. Rejects with the hub's trouble.
 */
export async function findVersions(
  ctx: VersionContext,
  subject: Subject,
  news: News,
): Promise<string[]> {
  if (news.kind === 'waiver-new') return [news.productVersion]
  const target = needsBuildTarget(subject) ? await buildTarget(ctx, subject, news.brewTaskId) : null
  return guessProductVersions(subject, target)
}

async function buildTarget(
  { clients: { koji }, log }: VersionContext,
  { identifier }: Subject,
  brewTaskId: number | null,
): Promise<string | null> {
  if (!koji) return null
  try {
    const taskId = brewTaskId ?? (await koji.getBuilds([identifier])).get(identifier)?.taskId
    if (!taskId) return null
    return (await koji.taskRequests([taskId])).get(taskId)?.target ?? null
  } catch (error) {
    if (troubleOf(error)) throw error
    log.warn({ build: identifier, reason: messageOf(error) }, 'build target cannot be read')
    return null
  }
}
