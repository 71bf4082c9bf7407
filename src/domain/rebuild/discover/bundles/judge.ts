/** Decides which bundles are rebuilt; each bundle that is not has a rule and a reason (behaviour/freshmaker 6.7). */

import { shortList } from '../../consideration.ts'
import { placeName } from '../../images/image.ts'
import type { Pullspec } from '../../submit/pullspec-overrides.ts'
import { dropped, type FilterResult, KEPT } from '../image-filter.ts'
import type { DigestImage } from './catalogue.ts'
import type { DigestReplacement } from './replacements.ts'

const BUNDLE_LABEL = 'com.redhat.delivery.operator.bundle'

/** Drops images that are not operator bundles. */
export function dropOthers({ labels }: DigestImage): FilterResult {
  if (labels[BUNDLE_LABEL] === 'true') return KEPT
  return dropped('not-a-bundle', `it is not an operator bundle: label ${BUNDLE_LABEL} is not 'true'`)
}

/** Drops bundles that an event this one depends on has rebuilt; `rebuilt`: original NVR -> rebuilt NVR. */
export function dropReused(rebuilt: ReadonlyMap<string, string>): (bundle: DigestImage) => FilterResult {
  return ({ nvr }) => {
    const rebuiltNvr = rebuilt.get(nvr)
    if (rebuiltNvr === undefined) return KEPT
    const reason = `an event that this one depends on has already rebuilt it as ${rebuiltNvr}`
    return dropped('reused', reason, { rebuiltNvr })
  }
}

/** The tags of a repository that are rebuilt automatically, and those that cannot be read; none for an unknown repository. */
export type TagsOf = (
  registry: string,
  repository: string,
) => { read: readonly string[]; unreadable: readonly object[] }

/** Drops bundles without such a tag in a published repository, unless `exceptions` has their `name-version`. */
export function dropUntagged(
  tagsOf: TagsOf,
  exceptions: readonly string[],
): (bundle: DigestImage) => FilterResult {
  return ({ nvr, places }) => {
    if (exceptions.includes(nvr.slice(0, nvr.lastIndexOf('-')))) return KEPT
    const published = places.filter((place) => place.published)
    const rebuilt = published.map((place) => ({ place, tags: tagsOf(place.registry, place.repository) }))
    if (rebuilt.some(({ place, tags }) => sharesTag(place.tags, tags.read))) return KEPT
    const names = published.map(placeName)
    const odd = rebuilt.flatMap(({ tags }) => tags.unreadable).length
    const gap = odd > 0 ? `; ${odd} tags that are rebuilt there cannot be read` : ''
    const reason = `none of its tags is rebuilt automatically in a published repository (${shortList(new Set(names))})${gap}`
    return dropped('auto-rebuild-tag', reason)
  }
}

function sharesTag(tags: readonly string[], wanted: readonly string[]): boolean {
  return tags.some((tag) => wanted.includes(tag))
}

/** The images a bundle refers to, and the records of others that cannot be read; `fault`: why they are not known. */
export type RelatedImages =
  | { createdByOsbs: boolean; pullspecs: readonly Pullspec[]; unreadable: readonly object[] }
  | { fault: string }

/** The pull specifications of a bundle with the rebuilt images, and what was replaced in them; or why it is dropped. */
export type Impact =
  | { pullspecs: Pullspec[]; replaced: DigestReplacement[] }
  | Extract<FilterResult, { kept: false }>

/** Replaces the digests of rebuilt images. Overrides replace the whole list, so none of it may be unknown. */
export function judgeImpact(related: RelatedImages, digests: ReadonlyMap<string, DigestReplacement>): Impact {
  if ('fault' in related) return drop('related-images', related.fault)
  const { createdByOsbs, pullspecs, unreadable } = related
  if (!createdByOsbs)
    return drop(
      'related-images',
      'the build system did not pin its related images (created_by_osbs is not true)',
    )
  if (unreadable.length > 0)
    return drop('related-images', `${unreadable.length} of its pull specifications in Koji cannot be read`)
  if (pullspecs.length === 0) return drop('related-images', 'it has no pull specifications in Koji')
  const replaced = new Map<string, DigestReplacement>()
  const changed = pullspecs.map((pullspec) => {
    const { place, digest } = splitDigest(pullspec.new)
    const replacement = digests.get(digest)
    if (!replacement) return pullspec
    replaced.set(digest, replacement)
    return { ...pullspec, new: `${place}@${replacement.digest}`, pinned: true }
  })
  if (replaced.size === 0)
    return drop('not-impacted', 'none of its related images was replaced by a rebuilt image of the advisory')
  return { pullspecs: changed, replaced: [...replaced.values()] }
}

function splitDigest(pullspec: string): { place: string; digest: string } {
  const at = pullspec.lastIndexOf('@')
  return at < 0
    ? { place: pullspec, digest: '' }
    : { place: pullspec.slice(0, at), digest: pullspec.slice(at + 1) }
}

function drop(rule: string, reason: string) {
  return { kept: false as const, rule, reason }
}
