/** Finds the product versions that a result is about (behaviour/greenwave 2.5). */
import type { Context } from '../../context.ts'
import { guessProductVersions, needsBuildTarget } from '../../domain/gate/subject/product-version.ts'
import type { Subject } from '../../domain/gate/subject/subject.ts'
import type { News } from '../../domain/message.ts'
import { messageOf, troubleOf } from '../../lib/errors.ts'

type VersionContext = Pick<Context, 'clients' | 'log'>

/** Finds the versions of news about one subject; news that name the same task share one lookup. */
export type FindVersions = (news: News) => Promise<readonly string[]>

/**
 * Finds the versions from the build's target if the subject itself does not have them; empty: not known. A waiver names its own.
 * A build that the hub does not know, or has no readable target of, is guessed from its name. Rejects with the hub's trouble.
 */
export function versionFinder(ctx: VersionContext, subject: Subject): FindVersions {
  const byTask = new Map<number | null, Promise<readonly string[]>>()
  const find = async (taskId: number | null) => {
    const target = needsBuildTarget(subject) ? await buildTarget(ctx, subject, taskId) : null
    return guessProductVersions(subject, target)
  }
  return (news) => {
    if (news.kind === 'waiver-new') return Promise.resolve([news.productVersion])
    const found = byTask.get(news.brewTaskId) ?? find(news.brewTaskId)
    byTask.set(news.brewTaskId, found)
    return found
  }
}

async function buildTarget(
  { clients: { koji }, log }: VersionContext,
  { identifier }: Subject,
  brewTaskId: number | null,
): Promise<string | null> {
  if (!koji || (brewTaskId === null && !identifier.includes('-'))) return null // not the name of a build
  try {
    return await koji.buildTarget(identifier, brewTaskId)
  } catch (error) {
    if (troubleOf(error)) throw error
    log.warn({ build: identifier, reason: messageOf(error) }, 'build target cannot be read')
    return null
  }
}
