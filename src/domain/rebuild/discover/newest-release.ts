/** Keeps only the newest of several releases of one name and version (unpublished images, behaviour/freshmaker 7.3). */
import type { Consideration } from '../consideration.ts'
import type { Image } from '../images/image.ts'
import { compareNvr, parseNvr } from '../images/nvr.ts'
import { dropped, filterImages, KEPT } from './image-filter.ts'

/** Keeps the highest NVR of each name-version; the reason of a dropped release names the kept one. */
export function newestReleases(images: readonly Image[]): { kept: Image[]; considered: Consideration[] } {
  const newest = new Map<string, Image>()
  for (const image of images) {
    const known = newest.get(keyOf(image))
    if (!known || compareNvr(parseNvr(image.nvr), parseNvr(known.nvr)) > 0) newest.set(keyOf(image), image)
  }
  return filterImages(images, [
    (image) => {
      const kept = newest.get(keyOf(image))?.nvr ?? image.nvr
      return kept === image.nvr ? KEPT : dropped('newest-release', `${kept} is newer than ${image.nvr}`)
    },
  ])
}

const keyOf = ({ name, version }: Image) => `${name}-${version}`
