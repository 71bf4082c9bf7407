/** A catalogue in which every advisory affects different images, so that many events run side by side. */
import type { Catalogue, CatalogueEntry, LabAdvisory, Rpm } from '../../lab/catalogue/entry.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'

/** All images are rebuilt for their advisory. */
export const IMAGES_PER_ADVISORY = 12
/** Ids of the advisories: this one and those that follow it. */
export const FIRST_ADVISORY = 200_001

/** A catalogue with this many advisories, each with a copy of the same images under different names. */
export function manyAdvisories(advisories: number): Catalogue {
  const original = affectedImages(IMAGES_PER_ADVISORY)
  const advisory = original.advisories.find(({ id }) => id === ADVISORY)
  if (!advisory) throw new Error(`The catalogue has no advisory ${ADVISORY}.`)
  const copies = Array.from({ length: advisories }, (_none, n) => copyOf(original, advisory, n))
  return {
    ...original,
    images: copies.flatMap(({ images }) => images),
    repositories: copies.flatMap(({ repositories }) => repositories),
    advisories: copies.map((copy) => copy.advisory),
  }
}

/** The n-th copy: all names begin with `w<n>-`. */
function copyOf(original: Catalogue, advisory: LabAdvisory, n: number) {
  const renamed = (name: string) => `w${n}-${name}`
  const renamedRpm = (rpm: Rpm): Rpm => ({ ...rpm, name: renamed(rpm.name), source: renamed(rpm.source) })
  const images = original.images.map((image): CatalogueEntry => {
    const name = renamed(image.name)
    return {
      ...image,
      nvr: renamed(image.nvr),
      name,
      from: image.from && renamed(image.from),
      labels: Object.fromEntries(
        Object.entries(image.labels).map(([label, text]) => [label, text.replaceAll(image.name, name)]),
      ),
      locations: image.locations.map((place) => ({ ...place, repository: renamed(place.repository) })),
      rpms: image.rpms.map(renamedRpm),
      repository: image.repository.replace('/', `/w${n}-`),
    }
  })
  const builds = advisory.builds.map((build) => ({
    ...build,
    nvr: renamed(build.nvr),
    rpms: build.rpms.map(renamedRpm),
  }))
  return {
    images,
    repositories: original.repositories.map((place) => ({ ...place, repository: renamed(place.repository) })),
    advisory: { ...advisory, id: FIRST_ADVISORY + n, number: `2026:${10_000 + n}-01`, builds },
  }
}
