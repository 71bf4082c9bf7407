/** Filters on the RPMs of an image: does it lack the fix? An image one of whose manifests is missing is kept, as it may lack it. */

import { shortList } from '../consideration.ts'
import { EPOCH_UNKNOWN, type FixedIndex, needsEpochs, olderRpms } from '../images/affected-rpms.ts'
import type { InstalledRpm } from '../images/image.ts'
import { isModular } from '../images/nvr.ts'
import { dropped, type ImageFilter, KEPT } from './image-filter.ts'

/** All filters of this file, in the order that gives the simplest reason first. */
export function rpmFilters(fixed: FixedIndex): ImageFilter[] {
  return [dropWithoutNames(fixed), dropOtherModularity(fixed), dropFixed(fixed)].map(onlyWhenKnown)
}

/** Applies the filter only where all places and content sets can be read: any other image is dropped as not judged. */
export function whenOffersReadable(filter: ImageFilter): ImageFilter {
  return (image) => {
    const verdict = filter(image)
    if (verdict.kept || !image.unreadableOffers) return verdict
    const reason = `it could not be judged: ${image.unreadableOffers} of its places, tags or content sets cannot be read`
    return dropped('unreadable-offers', reason, { instead: verdict.reason })
  }
}

/**
 * Never drops an image as fixed while some of its RPMs are unknown: it is kept if an architecture has no list at all, and dropped
 * as not judged if single records cannot be read.
 */
function onlyWhenKnown(filter: ImageFilter): ImageFilter {
  return (image) => {
    const verdict = filter(image)
    if (verdict.kept || image.archesWithoutRpms) return KEPT
    if (!image.unreadableRpms) return verdict
    const reason = `it could not be judged: ${image.unreadableRpms} of its RPM records cannot be read`
    return dropped('unreadable-rpms', reason, { instead: verdict.reason })
  }
}

/** Drops images without any RPM of the names the advisory fixes. */
export function dropWithoutNames(fixed: FixedIndex): ImageFilter {
  return ({ rpms }) => {
    if (rpms === null || rpms.some((rpm) => fixed.has(rpm.name))) return KEPT
    return dropped('rpm-names', `it has none of the RPMs ${shortList(fixed.keys())}`)
  }
}

/** Drops images whose RPMs of those names are all fixed or belong to other streams (behaviour/freshmaker 7.3 step 6). */
export function dropFixed(fixed: FixedIndex): ImageFilter {
  return ({ rpms }) => {
    if (rpms === null || olderRpms(fixed, rpms).length > 0) return KEPT
    const pairs = comparisons(fixed, rpms)
    return dropped('rpm-version', `none of its RPMs is older than the fixed ones: ${shortList(pairs)}`, {
      pairs,
    })
  }
}

/** Drops images for which only the installed or only the fixed RPMs come from a module (behaviour/freshmaker 7.3 step 7). */
export function dropOtherModularity(fixed: FixedIndex): ImageFilter {
  return ({ rpms }) => {
    if (rpms === null) return KEPT
    const agrees = (rpm: InstalledRpm) =>
      fixedNvrs(fixed, rpm.name).some((nvr) => isModular(nvr) === isModular(rpm.nvr))
    if (rpms.some(agrees)) return KEPT
    const pairs = comparisons(fixed, rpms)
    return dropped('modularity', `only one side comes from a module: ${shortList(pairs)}`, { pairs })
  }
}

/** `installed against fixed or fixed`, once for each installed build. */
function comparisons(fixed: FixedIndex, rpms: readonly InstalledRpm[]): string[] {
  const named = rpms.filter((rpm) => fixed.has(rpm.name))
  const lines = named.map((rpm) => {
    const caveat = (rpm.epoch ?? null) === null && needsEpochs(fixed, [rpm]) ? EPOCH_UNKNOWN : ''
    return `${rpm.nvr} against ${fixedNvrs(fixed, rpm.name).join(' or ')}${caveat}`
  })
  return [...new Set(lines)]
}

function fixedNvrs(fixed: FixedIndex, name: string): string[] {
  return [...(fixed.get(name)?.values() ?? [])].flatMap((inStream) => [...inStream.nvrs])
}
