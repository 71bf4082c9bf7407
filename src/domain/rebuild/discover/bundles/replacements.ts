/** Finds the images that an advisory's rebuilt images replace, by our own history of rebuilds, and their digests (behaviour/freshmaker 6.7). */
import { tryParseNvr } from '../../images/nvr.ts'
import { type DigestImage, isPublished, listDigests } from './catalogue.ts'

/** Rebuilt NVR -> the NVR it was rebuilt from, over all our builds that matter. */
export type RebuildHistory = ReadonlyMap<string, string>

/** Original NVR -> NVR of the rebuild that replaces it. */
export type Replacements = ReadonlyMap<string, string>

/** Images by NVR; null: the catalogue does not know it. */
export type KnownImages = ReadonlyMap<string, DigestImage | null>

/** What the replacements are derived from. */
export type ReplacementFacts = {
  /** NVRs of the builds attached to the advisory. */
  attached: readonly string[]
  /** NVRs of the builds attached to the advisories that block it. */
  blocking: readonly string[]
  history: RebuildHistory
  images: KnownImages
}

/** The images that `nvr` was rebuilt from, the nearest first. */
export function originalsOf(nvr: string, history: RebuildHistory): string[] {
  const originals: string[] = []
  const seen = new Set([nvr])
  for (let next = history.get(nvr); next !== undefined && !seen.has(next); next = history.get(next)) {
    seen.add(next)
    originals.push(next)
  }
  return originals
}

/**
 * An attached build replaces the nearest published image that it was rebuilt from, and every build of its name and version in a
 * blocking advisory. Without a published image it replaces the earliest original that the catalogue knows without a gap. With
 * `includePrevious` it also replaces everything that these were rebuilt from.
 */
export function findReplacements(facts: ReplacementFacts, includePrevious: boolean): Replacements {
  const replacements = new Map<string, string>()
  for (const nvr of facts.attached) {
    const original = publishedOriginal(nvr, facts)
    if (original !== null) replacements.set(original, nvr)
    for (const blocked of facts.blocking) if (isRelease(blocked, nvr)) replacements.set(blocked, nvr)
  }
  if (!includePrevious) return replacements
  for (const [original, nvr] of [...replacements])
    for (const earlier of originalsOf(original, facts.history))
      if (earlier !== nvr && !replacements.has(earlier)) replacements.set(earlier, nvr)
  return replacements
}

function publishedOriginal(nvr: string, { history, images }: ReplacementFacts): string | null {
  let last: string | null = null
  for (const original of originalsOf(nvr, history)) {
    const image = images.get(original) ?? null
    if (image === null) return last // what lies beyond was deleted, or is of another catalogue
    if (isPublished(image)) return original
    last = original
  }
  return last
}

/** Whether both are builds of one name and version, but not the same build. */
function isRelease(left: string, right: string): boolean {
  const [a, b] = [tryParseNvr(left), tryParseNvr(right)]
  return left !== right && a !== null && b !== null && a.name === b.name && a.version === b.version
}

/** The image behind a digest of a pull specification, and what replaces it. */
export type DigestReplacement = { original: string; rebuilt: string; digest: string }

/**
 * `digests`: by digest of the original. `without`: the images without a digest on either side. When no original, or no rebuilt image, has
 * a digest, nothing can be replaced: `missing` says which of the two, and `nvrs` are all of them.
 */
export type DigestReplacements =
  | {
      digests: ReadonlyMap<string, DigestReplacement>
      without: { originals: string[]; rebuilt: string[] }
    }
  | { missing: 'originals' | 'rebuilt'; nvrs: string[] }

/** Originals count with the digests of their published places, rebuilds with any. */
export function findDigests(replacements: Replacements, images: KnownImages): DigestReplacements {
  const digestsOf = (nvr: string, onlyPublished: boolean) => {
    const image = images.get(nvr)
    return image ? listDigests(image, { onlyPublished }) : []
  }
  const originals = [...replacements.keys()]
  const rebuilt = [...new Set(replacements.values())]
  const without = {
    originals: originals.filter((nvr) => digestsOf(nvr, true).length === 0),
    rebuilt: rebuilt.filter((nvr) => digestsOf(nvr, false).length === 0),
  }
  if (without.originals.length === originals.length) return { missing: 'originals', nvrs: originals }
  if (without.rebuilt.length === rebuilt.length) return { missing: 'rebuilt', nvrs: rebuilt }
  const digests = new Map<string, DigestReplacement>()
  for (const [original, nvr] of replacements) {
    const [digest] = digestsOf(nvr, false)
    if (digest === undefined) continue
    for (const replaced of digestsOf(original, true))
      if (replaced !== digest) digests.set(replaced, { original, rebuilt: nvr, digest })
  }
  return { digests, without }
}
