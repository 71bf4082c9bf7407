/** Expands the short form of the example catalogue into full images and repositories. */
import { createHash } from 'node:crypto'
import { parseNvr } from '../../src/domain/rebuild/images/nvr.ts'
import type { CatalogueEntry, ImageLocation, LabRepository, Outcome, Rpm } from './entry.ts'
import type { Stream } from './streams.ts'

/** The registry of an image unless its entry names another. */
export const REGISTRY = 'registry.example.com'

/** The short form of an image: what differs from the defaults. */
export type ImageSpec = {
  nvr: string
  stream: Stream
  /** NVR of the parent, which precedes it in the list; null for a base image. */
  from: string | null
  repository: string
  expect: Outcome
  note: string
  /** Packages in the image's own layers. */
  adds?: readonly Rpm[]
  /** Tags besides `version-release`; by default `latest` and the version. */
  tags?: readonly string[]
  published?: boolean
  registry?: string
  labels?: Readonly<Record<string, string>>
} & Partial<
  Pick<
    CatalogueEntry,
    | 'contentSets'
    | 'composeIds'
    | 'filesystemTaskId'
    | 'konflux'
    | 'parentInPyxis'
    | 'unimportedRpms'
    | 'bundle'
    | 'flatpak'
  >
>

/** The short form of a repository. */
export type RepositorySpec = { repository: string } & Partial<LabRepository>

/** Full images in the same order. @throws Error when a parent does not precede its child */
export function expandImages(specs: readonly ImageSpec[]): CatalogueEntry[] {
  const known = new Map<string, CatalogueEntry>()
  for (const spec of specs) {
    const parent = spec.from === null ? undefined : known.get(spec.from)
    if (spec.from !== null && !parent)
      throw new Error(`${spec.nvr}: its parent ${spec.from} does not precede it`)
    known.set(spec.nvr, expandImage(spec, parent?.rpms ?? []))
  }
  return [...known.values()]
}

function expandImage(spec: ImageSpec, inherited: readonly Rpm[]): CatalogueEntry {
  const { stream } = spec
  const { name, version, release } = parseNvr(spec.nvr)
  const added = spec.adds ?? []
  const replaced = new Set(added.map((item) => item.name))
  return {
    nvr: spec.nvr,
    name,
    version,
    release,
    from: spec.from,
    parentInPyxis: spec.parentInPyxis ?? true,
    contentSets: spec.contentSets ?? stream.contentSets,
    labels: imageLabels(name, version, release, spec.labels),
    locations: [imageLocation(spec, version, release)],
    rpms: [...inherited.filter((item) => !replaced.has(item.name)), ...added],
    repository: `containers/${name.replace(/-container$/, '')}`,
    commit: createHash('sha1').update(spec.nvr).digest('hex'),
    branch: stream.branch,
    target: stream.target,
    composeIds: spec.composeIds ?? stream.composeIds,
    filesystemTaskId: spec.filesystemTaskId ?? null,
    konflux: spec.konflux ?? false,
    publishedAt: '2026-09-14T08:00:00+00:00',
    expect: spec.expect,
    note: spec.note,
    ...(spec.unimportedRpms && { unimportedRpms: spec.unimportedRpms }),
    ...(spec.bundle && { bundle: spec.bundle }),
    ...(spec.flatpak && { flatpak: spec.flatpak }),
  }
}

function imageLocation(spec: ImageSpec, version: string, release: string): ImageLocation {
  return {
    registry: spec.registry ?? REGISTRY,
    repository: spec.repository,
    published: spec.published ?? true,
    tags: [...(spec.tags ?? ['latest', version]), `${version}-${release}`],
  }
}

/** The labels of every container build, and the additional ones of this image. */
export function imageLabels(
  name: string,
  version: string,
  release: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { 'com.redhat.component': name, name: name.replace(/-container$/, ''), version, release, ...extra }
}

/** A repository with the defaults: published, generally available, `latest` rebuilt automatically. */
export function expandRepository(spec: RepositorySpec): LabRepository {
  return {
    registry: REGISTRY,
    published: true,
    vendorLabel: 'redhat',
    releaseCategories: ['Generally Available'],
    autoRebuildTags: ['latest'],
    ...spec,
  }
}
