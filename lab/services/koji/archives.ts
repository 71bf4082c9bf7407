/** The image archives of a container build, the packages in them, and the content generator's metadata. */
import { ARCHES, type Arch, KOJI_ARCH, type Rpm } from '../../catalogue/entry.ts'
import { digestOf, pullAddress, type Struct } from './answers.ts'
import type { KojiBuild } from './records.ts'

/** One archive for each architecture; its id is derived from the id of the build. */
export function archiveStructs(build: KojiBuild): Struct[] {
  return build.image
    ? ARCHES.map((arch, index) => archiveStruct(build, arch, archiveId(build.id, index)))
    : []
}

/** Ten ids are reserved for each build, so that an archive id identifies its build. */
function archiveId(buildId: number, archIndex: number): number {
  return buildId * 10 + archIndex
}

/** The build and architecture that an archive id identifies. */
export function readArchiveId(id: number): { buildId: number; arch: Arch | undefined } {
  return { buildId: Math.floor(id / 10), arch: ARCHES[id % 10] }
}

function archiveStruct(build: KojiBuild, arch: Arch, id: number): Struct {
  const kojiArch = KOJI_ARCH[arch]
  const digest = digestOf(`${build.nvr}.${kojiArch}`)
  return {
    arch: kojiArch,
    btype: 'image',
    btype_id: 4,
    build_id: build.id,
    buildroot_id: build.id + 5,
    checksum: digest.slice(7),
    checksum_type: 2,
    compression_type: 'tar',
    extra: archiveExtra(build, arch),
    filename: `docker-image-${digest}.${kojiArch}.tar.gz`,
    id,
    metadata_only: false,
    size: 78_310_912,
    type_description: 'Tar file',
    type_extensions: 'tar tar.gz tar.bz2 tar.xz tgz',
    type_id: 4,
    type_name: 'tar',
  }
}

function archiveExtra(build: KojiBuild, arch: Arch): Struct {
  const kojiArch = KOJI_ARCH[arch]
  const pull = pullAddress(build.name)
  const digest = digestOf(`${build.nvr}.${kojiArch}.manifest`)
  const layer = digestOf(`${build.nvr}.${kojiArch}.layer`)
  const tag = `${build.version}-${build.release}-${kojiArch}`
  return {
    image: { arch: kojiArch },
    docker: {
      id: digestOf(`${build.nvr}.${kojiArch}`),
      repositories: [`${pull}:${tag}`, `${pull}@${digest}`],
      layer_sizes: [{ diff_id: layer, size: 1024 }],
      tags: [tag],
      config: {
        architecture: arch,
        os: 'linux',
        config: { Labels: { ...build.image?.labels, architecture: kojiArch }, Env: ['container=oci'] },
        rootfs: { type: 'layers', diff_ids: [layer] },
      },
      digests: { 'application/vnd.docker.distribution.manifest.v2+json': digest },
    },
  }
}

/** The packages in one archive, in the form of listRPMs(imageID=..). */
export function archiveRpmStructs(build: KojiBuild, arch: Arch): Struct[] {
  return (build.image?.rpms ?? []).map((rpm, index) =>
    rpmStruct(rpm, rpm.noarch ? 'noarch' : KOJI_ARCH[arch], build.id * 1000 + index, build),
  )
}

/** The packages of an RPM build: the source package and every binary package for every architecture. */
export function buildRpmStructs(build: KojiBuild): Struct[] {
  const rpms = build.rpms ?? []
  const source = rpms[0] && { ...rpms[0], name: build.name }
  const binaries = rpms.flatMap((rpm) =>
    (rpm.noarch ? ['noarch'] : Object.values(KOJI_ARCH)).map((arch) => ({ rpm, arch })),
  )
  const packages = source ? [{ rpm: source, arch: 'src' }, ...binaries] : binaries
  return packages.map(({ rpm, arch }, index) => rpmStruct(rpm, arch, build.id * 1000 + index, build))
}

function rpmStruct(rpm: Rpm, arch: string, id: number, build: KojiBuild): Struct {
  const nvr = `${rpm.name}-${rpm.version}-${rpm.release}`
  return {
    arch,
    build_id: build.id,
    buildroot_id: null,
    buildtime: Math.floor(build.completedAt / 1000),
    draft: false,
    epoch: rpm.epoch || null,
    external_repo_id: 0,
    external_repo_name: 'INTERNAL',
    extra: null,
    id,
    metadata_only: false,
    name: rpm.name,
    nvr,
    payloadhash: digestOf(`${nvr}.${arch}`).slice(7, 39),
    release: rpm.release,
    size: 1000,
    version: rpm.version,
  }
}

/** The `metadata.json` of a container build: one `docker-image` output for each architecture. */
export function buildMetadata(build: KojiBuild): Record<string, unknown> {
  return {
    metadata_version: 0,
    build: {
      name: build.name,
      version: build.version,
      release: build.release,
      source: build.source,
      start_time: build.startedAt / 1000,
      end_time: build.completedAt / 1000,
    },
    output: ARCHES.map((arch) => ({
      type: 'docker-image',
      arch: KOJI_ARCH[arch],
      filename: `docker-image-${digestOf(`${build.nvr}.${KOJI_ARCH[arch]}`)}.${KOJI_ARCH[arch]}.tar.gz`,
      extra: archiveExtra(build, arch),
      components: (build.image?.rpms ?? []).map((rpm) => metadataComponent(rpm, arch)),
    })),
  }
}

function metadataComponent(rpm: Rpm, arch: Arch): Record<string, unknown> {
  return {
    type: 'rpm',
    name: rpm.name,
    version: rpm.version,
    release: rpm.release,
    epoch: rpm.epoch || null,
    arch: rpm.noarch ? 'noarch' : KOJI_ARCH[arch],
    sigmd5: digestOf(`${rpm.name}-${rpm.version}-${rpm.release}`).slice(7, 39),
    signature: '199e2f91fd431d51',
  }
}
