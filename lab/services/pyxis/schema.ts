/** The part of the Pyxis schema that the lab serves: types, their fields, and how each field is read. */
import { type Arch, KOJI_ARCH, type LabImage, type LabRepository, type Rpm } from '../../catalogue/entry.ts'
import { digestOf } from '../koji/answers.ts'

/** Pyxis has one record for each architecture of an image. */
export type ImageRecord = { image: LabImage; arch: Arch }

/** An object type. Fields are read from their parent; `root` is the record at which the read began. */
export type ObjectType<Parent = never, Root = never> = {
  name: string
  fields: Readonly<Record<string, FieldType<Parent, Root>>>
  /** Values of this type are records: each is the root of everything read below it. */
  isRecord?: true
}

/** A field; `type` is left out for scalars and lists of scalars. */
export type FieldType<Parent = never, Root = never> = {
  read: (parent: Parent, root: Root) => unknown
  type?: ObjectType
  /** Can be filtered by, but is not a field of the output type. */
  filterOnly?: boolean
}

/**
 * Reads a field. Only the tables here know which parent type belongs to which field, the compiler does not;
 * filters and selections walk tables and values in parallel, so the types always match.
 */
export function readField(field: FieldType, parent: unknown, root: unknown): unknown {
  return field.read(parent as never, root as never)
}

/** Fields that are plain members of their parent. */
function members(...names: string[]): Record<string, FieldType> {
  return Object.fromEntries(names.map((name) => [name, { read: (parent) => parent[name] }]))
}

const errorType: ObjectType = { name: 'ResponseError', fields: members('status', 'detail') }

const rpmNvr = (rpm: Rpm) => `${rpm.name}-${rpm.version}-${rpm.release}`
const rpmArch = (rpm: Rpm, arch: Arch) => (rpm.noarch ? 'noarch' : KOJI_ARCH[arch])

const rpmType: ObjectType<Rpm, ImageRecord> = {
  name: 'RpmsItems',
  fields: {
    ...members('name', 'version', 'release'),
    architecture: { read: (rpm, root) => rpmArch(rpm, root.arch) },
    nvra: { read: (rpm, root) => `${rpmNvr(rpm)}.${rpmArch(rpm, root.arch)}` },
    srpm_name: { read: (rpm) => rpm.source },
    srpm_nevra: { read: (rpm) => `${rpm.source}-${rpm.epoch}:${rpm.version}-${rpm.release}.src` },
    summary: { read: (rpm) => `The ${rpm.name} package` },
    gpg: { read: () => '199e2f91fd431d51' },
  },
}

const manifestType: ObjectType<LabImage, ImageRecord> = {
  name: 'ContainerImageRPMManifest',
  fields: {
    _id: { read: (_image, root) => recordId(root, 'manifest') },
    image_id: { read: (_image, root) => recordId(root) },
    object_type: { read: () => 'containerImageRPMManifest' },
    rpms: { read: (image) => image.rpms, type: rpmType },
  },
}

const manifestAnswerType: ObjectType<LabImage, ImageRecord> = {
  name: 'ContainerImageRPMManifestResponse',
  fields: {
    data: { read: (image) => image, type: manifestType },
    error: { read: () => null, type: errorType },
  },
}

const repositoryOfImageType: ObjectType = {
  name: 'ContainerImageRepo',
  fields: {
    ...members('registry', 'repository', 'published', 'published_date', 'push_date'),
    ...members('manifest_list_digest', 'manifest_schema2_digest'),
    tags: {
      read: (parent: { tags: unknown }) => parent.tags,
      type: { name: 'ContainerImageRepoTag', fields: members('name', 'added_date') },
    },
  },
}

/** `ContainerImage`; `rpm_manifest` is not one of its fields, but production allows it in filters. */
export const imageType: ObjectType<ImageRecord, ImageRecord> = {
  name: 'ContainerImage',
  isRecord: true,
  fields: {
    _id: { read: (record) => recordId(record) },
    object_type: { read: () => 'containerImage' },
    image_id: { read: ({ image, arch }) => digestOf(`${image.nvr}.${KOJI_ARCH[arch]}.manifest`) },
    architecture: { read: ({ arch }) => arch },
    brew: {
      read: (record) => (record.image.konflux ? null : brewOf(record)),
      type: { name: 'Brew', fields: members('build', 'package', 'nvra', 'completion_date') },
    },
    certified: { read: () => true },
    deleted: { read: () => false },
    content_sets: { read: ({ image, arch }) => image.contentSets[arch] },
    creation_date: { read: ({ image }) => image.publishedAt },
    last_update_date: { read: ({ image }) => image.publishedAt },
    parent_brew_build: { read: ({ image }) => (image.parentInPyxis ? image.from : null) },
    parsed_data: {
      read: parsedData,
      type: {
        name: 'ParsedData',
        fields: {
          ...members('architecture', 'os'),
          labels: {
            read: (parent: { labels: unknown }) => parent.labels,
            type: { name: 'Label', fields: members('name', 'value') },
          },
        },
      },
    },
    repositories: { read: locationsOf, type: repositoryOfImageType },
    rpm_manifest: { read: ({ image }) => image, type: manifestType, filterOnly: true },
    edges: {
      read: ({ image }) => image,
      type: {
        name: 'ContainerImageEdges',
        fields: { rpm_manifest: { read: (image) => image, type: manifestAnswerType } },
      },
    },
  },
}

/** `ContainerRepository`, with the fields that rebuilds query. */
export const repositoryType: ObjectType<LabRepository, LabRepository> = {
  name: 'ContainerRepository',
  isRecord: true,
  fields: {
    ...members('registry', 'repository', 'published'),
    _id: { read: (found) => digestOf(`${found.registry}/${found.repository}`).slice(7, 31) },
    object_type: { read: () => 'containerRepository' },
    vendor_label: { read: ({ vendorLabel }) => vendorLabel },
    release_categories: { read: ({ releaseCategories }) => releaseCategories },
    auto_rebuild_tags: { read: ({ autoRebuildTags }) => autoRebuildTags },
    architectures: { read: () => Object.keys(KOJI_ARCH) },
  },
}

/** The response type of a list: `data` of this type, `error` and the page. */
export function pageType(of: ObjectType): ObjectType {
  return {
    name: `${of.name}PaginatedResponse`,
    fields: {
      data: { read: (page: { data: unknown }) => page.data, type: of },
      error: { read: (page: { error: unknown }) => page.error, type: errorType },
      ...members('page', 'page_size', 'total'),
    },
  }
}

/** The response type of a single record: `data` of this type and `error`. */
export function answerType(of: ObjectType): ObjectType {
  const { data, error } = pageType(of).fields
  return { name: `${of.name}Response`, fields: { ...(data && { data }), ...(error && { error }) } }
}

function recordId({ image, arch }: ImageRecord, kind = 'image'): string {
  return digestOf(`${kind} ${image.nvr} ${arch}`).slice(7, 31)
}

function brewOf({ image, arch }: ImageRecord) {
  return {
    build: image.nvr,
    package: image.name,
    nvra: `${image.nvr}.${KOJI_ARCH[arch]}`,
    completion_date: image.publishedAt,
  }
}

function parsedData({ image, arch }: ImageRecord) {
  const labels = Object.entries(image.labels).map(([name, value]) => ({ name, value }))
  return {
    architecture: arch,
    os: 'linux',
    labels: [...labels, { name: 'architecture', value: KOJI_ARCH[arch] }],
  }
}

function locationsOf({ image, arch }: ImageRecord) {
  return image.locations.map((location) => ({
    registry: location.registry,
    repository: location.repository,
    published: location.published,
    published_date: image.publishedAt,
    push_date: image.publishedAt,
    manifest_list_digest: digestOf(image.nvr),
    manifest_schema2_digest: digestOf(`${image.nvr}.${KOJI_ARCH[arch]}.manifest`),
    tags: location.tags.map((name) => ({ name, added_date: image.publishedAt })),
  }))
}
