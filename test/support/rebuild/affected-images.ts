/** Catalogues in which every image is affected, so that the number of builds is known and small ones are quick. */
import type { Catalogue } from '../../../lab/catalogue/entry.ts'
import { generateCatalogue } from '../../../lab/catalogue/generate.ts'

/** The advisory that affects the images of every generated catalogue. */
export const ADVISORY = 133001

/**
 * A catalogue of `images` images, four levels deep, all of which are rebuilt for `ADVISORY`.
 * @throws when the generator makes an image that is not rebuilt: then this number needs another seed
 */
export function affectedImages(images: number): Catalogue {
  const catalogue = generateCatalogue({ images, depth: 4, rpmNames: 30, seed: 8, affectedShare: 1 })
  const unaffected = catalogue.images.filter((image) => 'expect' in image && image.expect !== 'rebuilt')
  if (unaffected.length > 0)
    throw new Error(`${unaffected.length} of ${images} generated images are not rebuilt`)
  return catalogue
}
