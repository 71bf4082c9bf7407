/** Filters that decide which found images are rebuilt; each dropped image is recorded with the filter and its reason. */

import { type Consideration, shortList } from '../consideration.ts'
import type { Image } from '../images/image.ts'
import { type AllowRules, isAllowed } from './allow.ts'
import { type Criteria, imageCriteria } from './criteria.ts'

/** `reason` is a sentence with the deciding values; `details` has them in full. */
export type FilterResult =
  | { kept: true }
  | { kept: false; rule: string; reason: string; details?: Record<string, unknown> }

/** Decides about a single image. */
export type ImageFilter = (image: Image) => FilterResult

/** The verdict of a filter that does not drop the image. */
export const KEPT: FilterResult = { kept: true }

/** Runs the filters in order; the first that drops an image decides. */
export function filterImages<I extends Pick<Image, 'nvr'>>(
  images: readonly I[],
  filters: readonly ((image: I) => FilterResult)[],
): { kept: I[]; considered: Consideration[] } {
  const kept: I[] = []
  const considered: Consideration[] = []
  for (const image of images) {
    const verdict = firstDrop(image, filters)
    if (verdict.kept) kept.push(image)
    else considered.push(notRebuilt(image.nvr, verdict))
  }
  return { kept, considered }
}

/** Drops images that share no content set with the advisory (behaviour/freshmaker 7.3 step 8); null: drops none. */
export function dropOtherContentSets(wanted: readonly string[] | null): ImageFilter {
  if (wanted === null) return () => KEPT
  const wantedSet = new Set(wanted)
  return (image) => {
    if (image.contentSets.some((contentSet) => wantedSet.has(contentSet))) return KEPT
    const reason = `its content sets (${shortList(image.contentSets)}) include none of the advisory's (${shortList(wanted)})`
    return dropped('content-sets', reason, { contentSets: image.contentSets, wanted })
  }
}

const HOTFIX_LABEL = 'com.redhat.hotfix'

/** Drops hotfix images: they were made for one customer and are never rebuilt (behaviour/freshmaker 7.5). */
export const dropHotfixes = (image: Pick<Image, 'labels'>): FilterResult =>
  Object.hasOwn(image.labels, HOTFIX_LABEL)
    ? dropped('hotfix', `it is a hotfix: label ${HOTFIX_LABEL} is '${image.labels[HOTFIX_LABEL]}'`)
    : KEPT

/** By NVR the RPMs (no epoch) that the advisory had when the image was rebuilt for it; null: not known. */
export type RebuiltImages = ReadonlyMap<string, ReadonlySet<string> | null>

/** Drops images that an earlier event of the same advisory has already rebuilt, with all the RPMs that they need (`wantedIn`). */
export function dropRebuilt<I extends Pick<Image, 'nvr'>>(
  rebuilt: RebuiltImages,
  wantedIn: (image: I) => readonly string[],
): (image: I) => FilterResult {
  return (image) => {
    const had = rebuilt.get(image.nvr)
    if (had === undefined || (had && wantedIn(image).some((rpm) => !had.has(rpm)))) return KEPT
    return dropped('already-rebuilt', `${image.nvr} was already rebuilt for this advisory`)
  }
}

/** Drops images that the operators' rules do not allow; `publishedRepositoryOf` names where an image was found. */
export function dropDisallowed(
  rules: AllowRules,
  handlerName: string,
  event: Criteria,
  publishedRepositoryOf: (image: Image) => string | null,
): ImageFilter {
  return (image) => {
    const criteria = imageCriteria(event, image, publishedRepositoryOf(image))
    const { allowed, because } = isAllowed(rules, handlerName, 'image', criteria)
    return allowed ? KEPT : dropped('not-allowed', because, { criteria })
  }
}

/** The verdict of a filter that drops the image. */
export function dropped(rule: string, reason: string, details?: Record<string, unknown>): FilterResult {
  return { kept: false, rule, reason, details }
}

/** The record that is stored with the event for a dropped image. */
export function notRebuilt(nvr: string, verdict: Extract<FilterResult, { kept: false }>): Consideration {
  const { rule, reason, details } = verdict
  return { nvr, outcome: 'not-rebuilt', rule, reason, details }
}

function firstDrop<I>(image: I, filters: readonly ((image: I) => FilterResult)[]): FilterResult {
  for (const filter of filters) {
    const verdict = filter(image)
    if (!verdict.kept) return verdict
  }
  return KEPT
}
