/** What a catalogue is made of: images, their repositories, and the advisories that touch them. */

/** Pyxis names architectures as Docker does, Koji as RPM does. */
export const KOJI_ARCH = { amd64: 'x86_64', arm64: 'aarch64' } as const
export type Arch = keyof typeof KOJI_ARCH
export const ARCHES = ['amd64', 'arm64'] as const satisfies readonly Arch[]

/** One binary package; the architecture comes from the image or build it is in, unless `noarch`. */
export type Rpm = {
  name: string
  version: string
  release: string
  epoch: number
  /** Name of the source package; its version and release are those of the binary. */
  source: string
  noarch: boolean
}

/** Yum content sets of an image, one list for each architecture. Lists are shared between images. */
export type ContentSets = Readonly<Record<Arch, readonly string[]>>

/** One place an image is offered from. */
export type ImageLocation = {
  registry: string
  repository: string
  published: boolean
  tags: readonly string[]
}

/** An image as Koji built it, and as Pyxis lists it. */
export type LabImage = {
  nvr: string
  name: string
  version: string
  release: string
  /** NVR of the parent image; null for a base image. */
  from: string | null
  /** Whether Pyxis knows the parent; where it does not, only Koji does. */
  parentInPyxis: boolean
  contentSets: ContentSets
  labels: Readonly<Record<string, string>>
  locations: readonly ImageLocation[]
  /** Everything inside, what came with the parent included. */
  rpms: readonly Rpm[]
  /** dist-git `namespace/name`. */
  repository: string
  commit: string
  branch: string
  target: string
  /** ODCS composes it was built with. */
  composeIds: readonly number[]
  /** Set on an image made from a filesystem and not from a FROM line. */
  filesystemTaskId: number | null
  /** Built by Konflux: Pyxis has no `brew` for it, Koji does not know it. */
  konflux: boolean
  /** ISO 8601. */
  publishedAt: string
}

/** What the critical advisory of a catalogue should make of an image. */
export type Outcome = 'rebuilt' | 'dependency' | 'left'

/** An image of a catalogue with what is to become of it, so that tests can compare. */
export type CatalogueEntry = LabImage & {
  expect: Outcome
  /** Why, for a person. */
  note: string
}

/** A repository as Pyxis lists it. */
export type LabRepository = {
  registry: string
  repository: string
  published: boolean
  vendorLabel: string
  releaseCategories: readonly string[]
  /** null: never set; empty: switched off. */
  autoRebuildTags: readonly string[] | null
}

/** A build attached to an advisory, with the CVEs its packages are touched by. */
export type AdvisoryBuild = {
  productVersion: string
  variant: string
  /** NVR of the source package (or of the container). */
  nvr: string
  /** Empty for a container build. */
  rpms: readonly Rpm[]
  cves: readonly string[]
  signed: boolean
  isModule: boolean
  /** Koji tags the build is in. */
  tags: readonly string[]
}

/** In the order an advisory goes through them; the last is the other end. */
export const ADVISORY_STATES = [
  'NEW_FILES',
  'QE',
  'REL_PREP',
  'PUSH_READY',
  'IN_PUSH',
  'SHIPPED_LIVE',
  'DROPPED_NO_SHIP',
] as const
export type AdvisoryState = (typeof ADVISORY_STATES)[number]

/** An advisory as the Errata Tool holds it. */
export type LabAdvisory = {
  id: number
  type: 'RHSA' | 'RHBA' | 'RHEA'
  /** `2026:9101-03`: what follows the type in the full name. */
  number: string
  synopsis: string
  status: AdvisoryState
  securityImpact: 'Critical' | 'Important' | 'Moderate' | 'Low' | 'None'
  contentTypes: readonly string[]
  productId: number
  releaseId: number
  reporter: string
  cves: readonly string[]
  /** Bug number to its flags, a comma text. */
  bugs: Readonly<Record<number, string>>
  jiraIssues: readonly string[]
  builds: readonly AdvisoryBuild[]
  /** Ids of Pulp repositories it ships to. */
  pulpRepositories: readonly string[]
  blockedBy: readonly number[]
}

/** Numbers and names by which advisories refer to products, releases and their versions. */
type Product = { id: number; name: string; shortName: string }
type Release = { id: number; name: string; type: string; description: string }
type ProductVersion = { id: number; productId: number; name: string; rhelRelease: string }

/** A compose that exists before anybody asks for one. */
type PastCompose = { id: number; source: string }

/** A whole small world at rest: what `createWorld` starts from. */
export type Catalogue = {
  images: readonly CatalogueEntry[]
  repositories: readonly LabRepository[]
  advisories: readonly LabAdvisory[]
  products: readonly Product[]
  releases: readonly Release[]
  productVersions: readonly ProductVersion[]
  composes: readonly PastCompose[]
  /** Pulp repository id to its content set. */
  pulpRepositories: Readonly<Record<string, string>>
}
