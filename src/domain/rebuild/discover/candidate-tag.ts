/** Which Koji tag has the builds of an advisory that is not shipped yet (behaviour/freshmaker 8.4). */
import { buildText } from '../texts.ts'

/** What Koji says of one attached build; `latestIn`: tags where it is the newest build of its package. */
export type TaggedBuild = { nvr: string; tags: readonly string[]; latestIn: ReadonlySet<string> }

/** The one tag, or the reason why there is none: then no build of the event can be made. */
export type TagChoice = { tag: string } | { error: string }

const CANDIDATE = '-candidate'

/** Tags to look at for a build, best first: final tags it is in, then the candidate tags themselves. */
export function tagsToTry(tags: readonly string[]): string[] {
  const candidates = tags.filter((tag) => tag.endsWith(CANDIDATE))
  const finals = candidates.map((tag) => tag.slice(0, -CANDIDATE.length)).filter((tag) => tags.includes(tag))
  return [...finals, ...candidates]
}

/** Every build must give the same tag: the first in which it is the latest of its package. */
export function chooseTag(advisoryId: number, builds: readonly TaggedBuild[]): TagChoice {
  const chosen = builds.flatMap((build) => tagsToTry(build.tags).find((tag) => build.latestIn.has(tag)) ?? [])
  const [tag, ...others] = new Set(chosen)
  if (tag === undefined)
    return {
      error: buildText.noneLatestInTag(
        builds.map((build) => build.nvr),
        advisoryId,
      ),
    }
  return others.length > 0 ? { error: buildText.packagesInDifferentTags(advisoryId) } : { tag }
}
