/** Merges the catalogue's records of an image: it has one for each architecture (behaviour/freshmaker 7.2). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { Image, ImageRepository, InstalledRpm } from '../../domain/rebuild/images/image.ts'
import { type ImageRecord, toImage } from './schema.ts'

/** `withoutBuild` has an entry for each record without a Koji build, so that everything found is explained. */
export type MergedImages = { images: Image[]; withoutBuild: Consideration[] }

/**
 * Returns one image for each NVR, sorted by NVR. Duplicate records count once. Labels and parent are taken from x86_64
 * if present; content sets, repositories and RPMs are those of all architectures.
 */
export function mergeRecords(records: readonly ImageRecord[]): MergedImages {
  const byNvr = new Map<string, Map<string, Image>>()
  const withoutBuild = new Map<string, Consideration>()
  for (const record of records) {
    const image = toImage(record)
    if (image) {
      const arches = byNvr.get(image.nvr) ?? new Map<string, Image>()
      byNvr.set(image.nvr, arches.set(record.arch, image))
    } else {
      const consideration = explain(record)
      withoutBuild.set(consideration.nvr, consideration)
    }
  }
  const images = [...byNvr.values()].map((arches) => mergeArches([...arches.values()]))
  return {
    images: images.sort((a, b) => (a.nvr < b.nvr ? -1 : 1)),
    withoutBuild: [...withoutBuild.values()],
  }
}

function mergeArches(parts: Image[]): Image {
  const sorted = parts.toSorted((a, b) => (a.arches.join() > b.arches.join() ? -1 : 1)) // x86_64 sorts last
  const [first] = sorted as [Image, ...Image[]] // a group contains at least the record that created it
  const rpms = sorted.flatMap((part) => (part.rpms === null ? [] : [part.rpms]))
  return {
    ...first,
    arches: sorted.flatMap((part) => part.arches).sort(),
    contentSets: [...new Set(sorted.flatMap((part) => part.contentSets))].sort(),
    parentBrewBuild: sorted.find((part) => part.parentBrewBuild !== null)?.parentBrewBuild ?? null,
    repositories: mergePlaces(sorted.flatMap((part) => part.repositories)),
    rpms: rpms.length > 0 ? uniqueRpms(rpms.flat()) : null,
  }
}

/** An image counts as published in a repository if any of its architectures is. */
function mergePlaces(places: ImageRepository[]): ImageRepository[] {
  const merged = new Map<string, ImageRepository>()
  for (const place of places) {
    const key = `${place.registry}/${place.repository}`
    const known = merged.get(key)
    merged.set(key, {
      ...place,
      published: place.published || (known?.published ?? false),
      tags: [...new Set([...(known?.tags ?? []), ...place.tags])],
    })
  }
  return [...merged.values()]
}

function uniqueRpms(rpms: InstalledRpm[]): InstalledRpm[] {
  return [...new Map(rpms.map((rpm) => [`${rpm.nvr}.${rpm.arch}`, rpm])).values()]
}

function explain({ nvr, arch, repositories }: ImageRecord): Consideration {
  const [place] = repositories
  const shown =
    nvr ?? (place ? `${place.registry}/${place.repository}:${place.tags[0] ?? ''} (${arch})` : `(${arch})`)
  const reason =
    nvr === null
      ? 'the catalogue lists no build for it: it was not built in Koji'
      : `'${nvr}' is not a name-version-release`
  return { nvr: shown, outcome: 'not-rebuilt', rule: 'no-koji-build', reason }
}
