/** A container image as the planner sees it: one record for an NVR, its architectures merged (behaviour/freshmaker 7.2). */
import { tryParseNvr } from './nvr.ts'

/** An RPM that is installed in an image; the NVR has no epoch and no file suffix. */
export type InstalledRpm = {
  name: string
  nvr: string
  arch: string
  srpmName: string | null
  srpmNvr: string | null
  /** Epoch of its build; null or missing: unknown. */
  epoch?: number | null
}

/** A repository by registry and name. */
export type RepositoryPlace = { registry: string; repository: string }

/** `registry/repository`: how reasons name a repository, and the key to look it up by. */
export function placeName({ registry, repository }: RepositoryPlace): string {
  return `${registry}/${repository}`
}

/** One repository that offers an image. */
export type ImageRepository = RepositoryPlace & { published: boolean; tags: string[] }

/** What the catalogue (Pyxis) knows about an image. */
export type Image = {
  nvr: string
  name: string
  version: string
  release: string
  /** Koji architecture names (`x86_64`), sorted; one for each catalogue record of this NVR. */
  arches: string[]
  /** Union over architectures, sorted. */
  contentSets: string[]
  parentBrewBuild: string | null
  labels: Readonly<Record<string, string>>
  repositories: ImageRepository[]
  /** Union over architectures; null when the catalogue has no manifest. May be limited to the queried names. */
  rpms: InstalledRpm[] | null
  /** Architectures without a manifest while others have one: the union lacks their RPMs, which are not known. Absent: none. */
  archesWithoutRpms?: string[]
  /** Records of its RPMs that cannot be read: what they are is not known. Absent: none. */
  unreadableRpms?: number
  /** Places, tags and content sets that cannot be read: where else it is offered is not known. Absent: none. */
  unreadableOffers?: number
}

/** An image known by name only, because the catalogue has no readable record of it. Null: not an NVR. */
export function bareImage(nvr: string): Image | null {
  const parsed = tryParseNvr(nvr)
  if (!parsed) return null
  const { name, version, release } = parsed
  const nothing = {
    arches: [],
    contentSets: [],
    parentBrewBuild: null,
    labels: {},
    repositories: [],
    rpms: null,
  }
  return { nvr, name, version, release, ...nothing }
}

/** The image with the architectures, content sets and parent of `whole`, a record with more architectures; RPMs, places and labels stay. */
export function withArchesOf(image: Image, whole: Image): Image {
  return {
    ...image,
    arches: [...new Set([...image.arches, ...whole.arches])].sort(),
    contentSets: [...new Set([...image.contentSets, ...whole.contentSets])].sort(),
    parentBrewBuild: image.parentBrewBuild ?? whole.parentBrewBuild,
  }
}

/** A catalogue repository and which of its tags are rebuilt automatically. */
export type CatalogueRepository = RepositoryPlace & {
  published: boolean
  releaseCategories: string[]
  /** null: never set, so the repository has not opted in; empty: switched off. */
  autoRebuildTags: string[] | null
}

/** Where an image was built from, read from the build system (behaviour/freshmaker 7.4 step 1). */
export type BuildSource = {
  kojiBuildId: number
  /** dist-git `namespace/name`. */
  repository: string
  commit: string
  target: string
  branch: string
  /** Architectures joined by spaces; only when overrides are supplied. */
  arches: string | null
  odcsComposeIds: number[] | null
  /** The image of the build system that it was built on, or why that is not known; null: it was built on none. */
  parent: { nvr: string } | { error: string } | null
  /** Set on base images, which are made from a filesystem instead of the FROM line of a Dockerfile. */
  filesystemTaskId: number | null
  flatpak: boolean
}
