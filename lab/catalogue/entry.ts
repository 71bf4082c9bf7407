/** The parts of a catalogue: images, their repositories, and the advisories that affect them. */

/** Pyxis uses Docker's names of architectures, Koji uses RPM's. */
export const KOJI_ARCH = { amd64: 'x86_64', arm64: 'aarch64' } as const
export type Arch = keyof typeof KOJI_ARCH
export const ARCHES = ['amd64', 'arm64'] as const satisfies readonly Arch[]

/** One binary package; its architecture is that of the image or build that contains it, unless `noarch`. */
export type Rpm = {
  name: string
  version: string
  release: string
  epoch: number
  /** Name of the source package, which has the version and release of the binary. */
  source: string
  noarch: boolean
}

/** The Yum content sets of an image, one list for each architecture. Images share these lists. */
export type ContentSets = Readonly<Record<Arch, readonly string[]>>

/** One place where an image is offered. */
export type ImageLocation = {
  registry: string
  repository: string
  published: boolean
  tags: readonly string[]
}

/** An image as built by Koji and listed by Pyxis. */
export type LabImage = {
  nvr: string
  name: string
  version: string
  release: string
  /** NVR of the parent image; null for a base image. */
  from: string | null
  /** Whether Pyxis knows the parent; if not, only Koji does. */
  parentInPyxis: boolean
  contentSets: ContentSets
  labels: Readonly<Record<string, string>>
  locations: readonly ImageLocation[]
  /** All packages in the image, including inherited ones. */
  rpms: readonly Rpm[]
  /** dist-git `namespace/name`. */
  repository: string
  commit: string
  branch: string
  target: string
  /** The ODCS composes it was built with. */
  composeIds: readonly number[]
  /** Set for an image made from a filesystem instead of a FROM line. */
  filesystemTaskId: number | null
  /** Built by Konflux: Pyxis has no `brew` for it, and Koji does not know it. */
  konflux: boolean
  /** ISO 8601. */
  publishedAt: string
  /**
   * Names of RPMs that Koji does not know and so drops when it imports a build of this image:
   * `listRPMs(imageID=..)` lacks them, `metadata.json` has them.
   */
  unimportedRpms?: readonly string[]
  /** Set for an operator bundle. */
  bundle?: LabBundle
  /** Set for a flatpak: the modules in it, as `name:stream`. */
  flatpak?: { modules: readonly string[] }
}

/** A build of a module stream. */
export type LabModule = { name: string; stream: string; version: string; context: string }

/** An image that a bundle refers to; `new` is `registry/repository@digest`. */
export type LabPullspec = { new: string; original: string; pinned: boolean }

/** What makes an image an operator bundle. */
export type LabBundle = {
  csvName: string
  version: string
  /** The annotation of its CSV; null: none. */
  substitutesFor: string | null
  pullspecs: readonly LabPullspec[]
  /** Paths of the index images that list it as the latest in a channel. */
  indices: readonly string[]
}

/** An index image, which lists bundles for one OpenShift version. */
type OperatorIndex = { path: string; openshiftVersion: string; organization: string }

/** What should happen to an image when the critical advisory of the catalogue ships. */
export type Outcome = 'rebuilt' | 'dependency' | 'left'

/** An image of a catalogue with its expected outcome, for comparison in tests. */
export type CatalogueEntry = LabImage & {
  expect: Outcome
  /** The reason, for readers. */
  note: string
}

/** A repository as listed by Pyxis. */
export type LabRepository = {
  registry: string
  repository: string
  published: boolean
  vendorLabel: string
  releaseCategories: readonly string[]
  /** null: never set; empty: rebuilds are switched off. */
  autoRebuildTags: readonly string[] | null
}

/** A build attached to an advisory, with the CVEs that it fixes. */
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
  /** Set where `isModule`. */
  module?: LabModule
  /** Koji tags the build is in. */
  tags: readonly string[]
}

/** The states, in the order in which an advisory passes through them; the last one is an alternative to shipping. */
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

/** An advisory as stored in the Errata Tool. */
export type LabAdvisory = {
  id: number
  type: 'RHSA' | 'RHBA' | 'RHEA'
  /** The part of the full name after the type: `2026:9101-03`. */
  number: string
  synopsis: string
  status: AdvisoryState
  /** ISO 8601; from the moment it ships. */
  shippedAt?: string
  securityImpact: 'Critical' | 'Important' | 'Moderate' | 'Low' | 'None'
  contentTypes: readonly string[]
  productId: number
  releaseId: number
  reporter: string
  cves: readonly string[]
  /** Bug number -> its flags, separated by commas. */
  bugs: Readonly<Record<number, string>>
  jiraIssues: readonly string[]
  builds: readonly AdvisoryBuild[]
  /** Ids of the Pulp repositories it ships to. */
  pulpRepositories: readonly string[]
  blockedBy: readonly number[]
}

/** Products, releases and product versions that advisories refer to. */
type Product = { id: number; name: string; shortName: string }
type Release = { id: number; name: string; type: string; description: string }
type ProductVersion = { id: number; productId: number; name: string; rhelRelease: string }

/** A compose that exists from the start. */
type PastCompose = { id: number; source: string; sourceType?: 'pulp' | 'module' }

/** The initial state of a lab: what `createWorld` starts from. */
export type Catalogue = {
  images: readonly CatalogueEntry[]
  repositories: readonly LabRepository[]
  advisories: readonly LabAdvisory[]
  products: readonly Product[]
  releases: readonly Release[]
  productVersions: readonly ProductVersion[]
  composes: readonly PastCompose[]
  /** Pulp repository id -> its content set. */
  pulpRepositories: Readonly<Record<string, string>>
  operatorIndices: readonly OperatorIndex[]
  /** OpenShift version -> the day it is generally available (`YYYY-MM-DD`); null: not planned yet. */
  openshiftVersions: Readonly<Record<string, string | null>>
}
