/** Filters that decide which found images are rebuilt; an image that is dropped always says by which and why. */

import { type Consideration, shortList } from '../consideration.ts'
import type { Image } from '../images/image.ts'
import { type AllowRules, isAllowed } from './allow.ts'
import { type Criteria, imageCriteria } from './criteria.ts'

/** `reason` compares the values that decided; `details` has them in full. */
export type Verdict =
  | { kept: true }
  | { kept: false; rule: string; reason: string; details?: Record<string, unknown> }

/** One question about one image. */
export type ImageFilter = (image: Image) => Verdict

/** The verdict that keeps. */
export const KEPT: Verdict = { kept: true }

/** Runs filters in their order; each image stops at the first that drops it. */
export function filterImages(
  images: readonly Image[],
  filters: readonly ImageFilter[],
): { kept: Image[]; considered: Consideration[] } {
  const kept: Image[] = []
  const considered: Consideration[] = []
  for (const image of images) {
    const verdict = firstDrop(image, filters)
    if (verdict.kept) kept.push(image)
    else considered.push(notRebuilt(image.nvr, verdict))
  }
  return { kept, considered }
}

/** Drops images that take nothing from the advisory's content sets (behaviour/freshmaker 7.3 step 8). */
export function sharesContentSets(wanted: readonly string[]): ImageFilter {
  const wantedSet = new Set(wanted)
  return (image) => {
    if (image.contentSets.some((contentSet) => wantedSet.has(contentSet))) return KEPT
    const reason = `its content sets (${shortList(image.contentSets)}) have none of the advisory's (${shortList(wanted)})`
    return dropped('content-sets', reason, { contentSets: image.contentSets, wanted })
  }
}

const HOTFIX_LABEL = 'com.redhat.hotfix'

/** Drops hotfix images: they were made for one customer and are never rebuilt (behaviour/freshmaker 7.5). */
export const dropHotfixes: ImageFilter = (image) =>
  Object.hasOwn(image.labels, HOTFIX_LABEL)
    ? dropped('hotfix', `it is a hotfix: label ${HOTFIX_LABEL} is '${image.labels[HOTFIX_LABEL]}'`)
    : KEPT

/** Drops images that an earlier event of the same advisory has rebuilt already. */
export function dropRebuilt(rebuilt: ReadonlySet<string>): ImageFilter {
  return ({ nvr }) =>
    rebuilt.has(nvr) ? dropped('already-rebuilt', `${nvr} was already rebuilt for this advisory`) : KEPT
}

/** Drops images that the operators' rules do not allow; `publishedRepositoryOf` is where an image was found. */
export function isAllowedByRules(
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

/** A verdict that drops. */
export function dropped(rule: string, reason: string, details?: Record<string, unknown>): Verdict {
  return { kept: false, rule, reason, details }
}

/** What is kept with the event about a dropped image. */
export function notRebuilt(nvr: string, verdict: Extract<Verdict, { kept: false }>): Consideration {
  const { rule, reason, details } = verdict
  return { nvr, outcome: 'not-rebuilt', rule, reason, details }
}

function firstDrop(image: Image, filters: readonly ImageFilter[]): Verdict {
  for (const filter of filters) {
    const verdict = filter(image)
    if (!verdict.kept) return verdict
  }
  return KEPT
}
