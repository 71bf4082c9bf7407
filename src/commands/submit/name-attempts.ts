/** Gives attempts of builds their NVRs (behaviour/freshmaker 8.2). */
import type { Context } from '../../context.ts'
import { lockTexts } from '../../db/locks.ts'
import type { EntityManager } from '../../db/orm.ts'
import { rebuiltNvrsOf, takenNvrs } from '../../db/queries/submit/build-claim.ts'
import { rebuiltNvr, secondOfRebuild } from '../../domain/rebuild/images/nvr.ts'

/** A build whose attempt needs a name. */
type Unnamed = {
  originalNvr: string | null
  rebuiltNvr: string | null
  /** The retry count that `rebuiltNvr` was made for. */
  rebuiltForAttempt: number | null
  retryCount: number
}

/** A build with the name of its attempt; `isNewAttempt`: no run of this attempt had a name before. */
export type Named<T> = T & { nvr: string | null; isNewAttempt: boolean }

/**
 * The builds with the names of their attempts, in order. Names carry whole seconds, so an attempt that follows another of the same image
 * within one second moves on. It takes a second after all that were used, since the names of earlier attempts are not stored
 * any more: the build system knows their tasks. Names of one image are given one transaction after the other.
 */
export async function nameAttempts<T extends Unnamed>(
  ctx: Pick<Context, 'settings' | 'now'>,
  em: EntityManager,
  builds: readonly T[],
): Promise<Named<T>[]> {
  const { rebuilt_nvr_release_suffix: suffix } = ctx.settings.file
  const named = builds.map((build): Named<T> => {
    const isNewAttempt = build.rebuiltNvr === null || build.rebuiltForAttempt !== build.retryCount
    return { ...build, isNewAttempt, nvr: isNewAttempt ? null : build.rebuiltNvr }
  })
  const originals = named.flatMap(({ isNewAttempt, originalNvr }) => (isNewAttempt && originalNvr) || [])
  if (originals.length === 0) return named
  // Releases of an image may share their names, so what is locked is what the names of this one begin with.
  await lockTexts(
    em,
    originals.map((nvr) => rebuiltNvr(nvr, 0, suffix)),
  )
  const used = await rebuiltNvrsOf(em, originals)
  const firstSecond = (originalNvr: string) => {
    const seconds = (used.get(originalNvr) ?? []).map((nvr) => (secondOfRebuild(nvr) ?? 0) + 1)
    return Math.max(Math.floor(ctx.now().getTime() / 1000), ...seconds)
  }
  const given = new Set<string>()
  const giveNext = (originalNvr: string): string => {
    let second = firstSecond(originalNvr)
    while (given.has(rebuiltNvr(originalNvr, second, suffix))) second += 1
    const nvr = rebuiltNvr(originalNvr, second, suffix)
    given.add(nvr)
    return nvr
  }
  let unnamed = named.filter(({ isNewAttempt }) => isNewAttempt)
  while (unnamed.length > 0) {
    for (const build of unnamed) build.nvr = build.originalNvr && giveNext(build.originalNvr)
    const taken = await takenNvrs(
      em,
      unnamed.flatMap(({ nvr }) => nvr ?? []),
    )
    unnamed = unnamed.filter(({ nvr }) => nvr !== null && taken.has(nvr))
  }
  return named
}
