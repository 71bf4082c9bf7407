/** Catalogues of a few images for discovery tests, in the short notation of the lab's example catalogue. */
import type { Catalogue, CatalogueEntry, LabRepository } from '../../../lab/catalogue/entry.ts'
import { exampleCatalogue } from '../../../lab/catalogue/example.ts'
import { expandImages, expandRepository, type ImageSpec } from '../../../lab/catalogue/spec.ts'
import { EL8 } from '../../../lab/catalogue/streams.ts'

/** An image: by default an el8 base image with the vulnerable OpenSSL, offered as `product/<name>:latest`. */
export type SmallImage = { nvr: string; from?: string | null } & Partial<
  Omit<ImageSpec, 'nvr' | 'from'> & Pick<CatalogueEntry, 'locations'>
>

/**
 * A catalogue of the images, with a repository for each name they are offered under, and the example's advisories.
 * Parents must precede their children; `repositories` overrides fields of repositories by name.
 */
export function smallCatalogue(
  images: readonly SmallImage[],
  repositories: Readonly<Record<string, Partial<LabRepository>>> = {},
): Catalogue {
  const entries = expandImages(images.map(toSpec)).map((entry, index) => ({
    ...entry,
    locations: images[index]?.locations ?? entry.locations,
  }))
  const names = new Set(entries.flatMap((entry) => entry.locations.map((place) => place.repository)))
  return {
    ...exampleCatalogue,
    images: entries,
    repositories: [...names].map((name) => ({
      ...expandRepository({ repository: name }),
      ...repositories[name],
    })),
  }
}

function toSpec({ nvr, from = null, ...over }: SmallImage): ImageSpec {
  const name = nvr.replace(/-[^-]+-[^-]+$/, '')
  return {
    nvr,
    from,
    stream: EL8,
    repository: `product/${name}`,
    adds: from === null ? [...EL8.base, EL8.openssl.libs] : [],
    expect: 'rebuilt',
    note: '',
    ...over,
  }
}
