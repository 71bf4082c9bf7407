/** Structs in the shapes that a Koji hub returns, for tests. */
import { double, type XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'

type Struct = Record<string, XmlRpcInput>

/** A container build imported from OSBS; `changes` overrides its members, `image` and `extra` those of its `extra`. */
export function containerBuild(
  id: number,
  nvr: string,
  changes: Struct = {},
  { image = {}, extra = {} }: { image?: Struct; extra?: Struct } = {},
): Struct {
  const [name = '', version = '', release = ''] = /^(.+)-([^-]+)-([^-]+)$/.exec(nvr)?.slice(1) ?? []
  return {
    build_id: id,
    id,
    nvr,
    name,
    package_name: name,
    version,
    release,
    epoch: null,
    state: 1,
    task_id: null,
    source: `git://pkgs.example.com/containers/${name.replace(/-container$/, '')}#89abcdef01`,
    volume_id: 0,
    volume_name: 'DEFAULT',
    completion_time: '2026-11-21 16:24:54+00:00',
    completion_ts: double(1795278294),
    cg_name: 'atomic-reactor',
    extra: {
      container_koji_task_id: id + 1000,
      submitter: 'osbs',
      image: {
        isolated: false,
        parent_build_id: 5,
        parent_images: ['registry.example.com/nginx:1.22-5', 'registry.example.com/builder:1'],
        parent_image_builds: {
          'registry.example.com/nginx:1.22-5': { id: 5, nvr: 'nginx-container-1.22-5' },
          'registry.example.com/builder:1': null,
        },
        odcs: { compose_ids: [101, 102], signing_intent: 'release', signing_intent_overridden: false },
        ...image,
      },
      ...extra,
    },
    ...changes,
  }
}

/** One architecture of an image. */
export function imageArchive(id: number, arch: string, labels: Record<string, string> = {}): Struct {
  return {
    id,
    btype: 'image',
    arch,
    type_name: 'tar',
    filename: `docker-image-sha256:${id}.${arch}.tar.gz`,
    checksum_type: 2,
    extra: {
      image: { arch },
      docker: {
        id: `sha256:${id}`,
        config: { architecture: arch, os: 'linux', config: { Labels: labels, Env: ['container=oci'] } },
      },
    },
  }
}

/** An entry of `listRPMs`. */
export function rpm(name: string, version: string, release: string, arch: string): Struct {
  return {
    id: 9,
    name,
    version,
    release,
    nvr: `${name}-${version}-${release}`,
    epoch: 1,
    arch,
    build_id: 2,
    buildtime: 1795278291,
    size: 1000,
    extra: null,
  }
}
