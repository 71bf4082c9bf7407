/** Chooses the Koji tag that has the builds of an advisory that is not shipped yet (behaviour/freshmaker 8.4). */
import { buildText } from '../texts.ts'

/** An attached build as Koji reports it; `latestIn`: tags in which it is the newest build of its package. */
export type TaggedBuild = { nvr: string; tags: readonly string[]; latestIn: ReadonlySet<string> }

/** The tag, or the reason why none can be chosen: then no build of the event is possible. */
export type TagChoice = { tag: string } | { error: string }

const CANDIDATE = '-candidate'

/** Tags to check for a build, in order of preference: the final tags it is in, then the candidate tags themselves. */
export function tagsToTry(tags: readonly string[]): string[] {
  const candidates = tags.filter((tag) => tag.endsWith(CANDIDATE))
  const finals = candidates.map((tag) => tag.slice(0, -CANDIDATE.length)).filter((tag) => tags.includes(tag))
  return [...finals, ...candidates]
}

/** The first tag in which every build is the latest of its package. */
export function chooseTag(advisoryId: number, builds: readonly TaggedBuild[]): TagChoice {
  const usable = builds.map(({ nvr, tags, latestIn }) => ({
    nvr,
    tags: tagsToTry(tags).filter((tag) => latestIn.has(tag)),
  }))
  const superseded = usable.filter(({ tags }) => tags.length === 0).map(({ nvr }) => nvr)
  const [first, ...others] = usable
  if (superseded.length > 0 || !first) return { error: buildText.noneLatestInTag(superseded, advisoryId) }
  const tag = first.tags.find((candidate) => others.every(({ tags }) => tags.includes(candidate)))
  return tag === undefined ? { error: buildText.packagesInDifferentTags(advisoryId) } : { tag }
}
