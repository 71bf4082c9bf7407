/** Merges the catalogue's records of one image, which come one for each architecture (behaviour/freshmaker 7.2). */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import {
  type Image,
  type ImageRepository,
  type InstalledRpm,
  placeName,
} from '../../domain/rebuild/images/image.ts'
import { type ImageRecord, toImage } from './schema.ts'

/** `withoutBuild` are records that none of our builds made, one entry each, so that nothing found goes unexplained. */
export type MergedImages = { images: Image[]; withoutBuild: Consideration[] }

/**
 * Makes one image for each NVR, sorted by NVR. A record that came twice counts once; several of one architecture, as for several
 * registries, are merged like those of several. Labels and parent are those of x86_64 where there is one; content sets, places and
 * RPMs are merged. An architecture whose record cannot be read counts as one unreadable RPM record of the image.
 */
export function mergeRecords(records: readonly ImageRecord[]): MergedImages {
  const byNvr = new Map<string, Image[]>()
  const withoutBuild = new Map<string, Consideration>()
  for (const record of records) {
    const image = toImage(record)
    if (image) {
      const parts = byNvr.get(image.nvr) ?? []
      parts.push(image)
      byNvr.set(image.nvr, parts)
    } else {
      const consideration = explain(record)
      withoutBuild.set(consideration.nvr, consideration)
    }
  }
  const images = [...byNvr].map(([nvr, parts]) => {
    const image = mergeParts(parts)
    if (!withoutBuild.delete(nvr)) return image
    return { ...image, unreadableRpms: (image.unreadableRpms ?? 0) + 1 } // the record of another architecture
  })
  return {
    images: images.sort((a, b) => (a.nvr < b.nvr ? -1 : 1)),
    withoutBuild: [...withoutBuild.values()],
  }
}

/** Each part is of one architecture. */
function mergeParts(parts: Image[]): Image {
  const byArch = [...Map.groupBy(parts, (part) => part.arches.join())].sort(([a], [b]) => (a > b ? -1 : 1)) // x86_64 sorts last
  const sorted = byArch.flatMap(([, ofArch]) => ofArch)
  const [first] = sorted as [Image, ...Image[]] // a group has at least the record that made it
  const rpms = sorted.flatMap((part) => (part.rpms === null ? [] : [part.rpms]))
  const withoutRpms = byArch.flatMap(([arch, ofArch]) =>
    ofArch.every((part) => part.rpms === null) ? [arch] : [],
  )
  const sumOf = (count: 'unreadableRpms' | 'unreadableOffers') =>
    byArch.reduce((sum, [, ofArch]) => sum + Math.max(...ofArch.map((part) => part[count] ?? 0)), 0)
  const [unreadableRpms, unreadableOffers] = [sumOf('unreadableRpms'), sumOf('unreadableOffers')]
  return {
    ...first,
    arches: byArch.map(([arch]) => arch).sort(),
    labels: Object.assign({}, ...(byArch[0]?.[1] ?? []).map(({ labels }) => labels)),
    contentSets: [...new Set(sorted.flatMap((part) => part.contentSets))].sort(),
    parentBrewBuild: sorted.find((part) => part.parentBrewBuild !== null)?.parentBrewBuild ?? null,
    repositories: mergePlaces(sorted.flatMap((part) => part.repositories)),
    rpms: rpms.length > 0 ? uniqueRpms(rpms.flat()) : null,
    ...(rpms.length > 0 && withoutRpms.length > 0 && { archesWithoutRpms: withoutRpms.sort() }),
    ...(unreadableRpms > 0 && { unreadableRpms }),
    ...(unreadableOffers > 0 && { unreadableOffers }),
  }
}

/** An image is published where any of its architectures is. */
function mergePlaces(places: ImageRepository[]): ImageRepository[] {
  const merged = new Map<string, ImageRepository>()
  for (const place of places) {
    const key = placeName(place)
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

function explain({ nvr, arch, repositories, fault }: ImageRecord): Consideration {
  const [place] = repositories
  const shown = nvr ?? (place ? `${placeName(place)}:${place.tags[0] ?? ''} (${arch})` : `(${arch})`)
  if (fault !== null)
    return {
      nvr: shown,
      outcome: 'not-rebuilt',
      rule: 'unreadable-record',
      reason: `it could not be judged: ${fault}`,
    }
  const reason =
    nvr === null
      ? 'the catalogue names no build of it: it was not built in Koji'
      : `'${nvr}' is not a name-version-release`
  return { nvr: shown, outcome: 'not-rebuilt', rule: 'no-koji-build', reason }
}
