/** A catalogue in which every advisory affects images of its own, so that many events run side by side. */
import type { Catalogue, CatalogueEntry, LabAdvisory, Rpm } from '../../lab/catalogue/entry.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'

/** All of them are rebuilt for their advisory. */
export const IMAGES_OF_AN_ADVISORY = 12
/** Ids of the advisories: this one and those that follow it. */
export const FIRST_ADVISORY = 200_001

/** A catalogue with this many advisories, each a copy of one world under other names. */
export function manyAdvisories(advisories: number): Catalogue {
  const one = affectedImages(IMAGES_OF_AN_ADVISORY)
  const advisory = one.advisories.find(({ id }) => id === ADVISORY)
  if (!advisory) throw new Error(`There is no advisory ${ADVISORY}`)
  const copies = Array.from({ length: advisories }, (_none, n) => copyOf(one, advisory, n))
  return {
    ...one,
    images: copies.flatMap(({ images }) => images),
    repositories: copies.flatMap(({ repositories }) => repositories),
    advisories: copies.map((copy) => copy.advisory),
  }
}

function copyOf(one: Catalogue, advisory: LabAdvisory, n: number) {
  const own = (name: string) => `w${n}-${name}`
  const ownRpm = (rpm: Rpm): Rpm => ({ ...rpm, name: own(rpm.name), source: own(rpm.source) })
  const images = one.images.map((image): CatalogueEntry => {
    const name = own(image.name)
    return {
      ...image,
      nvr: own(image.nvr),
      name,
      from: image.from && own(image.from),
      labels: Object.fromEntries(
        Object.entries(image.labels).map(([label, text]) => [label, text.replaceAll(image.name, name)]),
      ),
      locations: image.locations.map((place) => ({ ...place, repository: own(place.repository) })),
      rpms: image.rpms.map(ownRpm),
      repository: image.repository.replace('/', `/w${n}-`),
    }
  })
  const builds = advisory.builds.map((build) => ({
    ...build,
    nvr: own(build.nvr),
    rpms: build.rpms.map(ownRpm),
  }))
  return {
    images,
    repositories: one.repositories.map((place) => ({ ...place, repository: own(place.repository) })),
    advisory: { ...advisory, id: FIRST_ADVISORY + n, number: `2026:${10_000 + n}-01`, builds },
  }
}
