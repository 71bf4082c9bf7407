/** The distribution streams of the example catalogue, with their packages, content sets and build targets. */
import type { ContentSets, Rpm } from './entry.ts'

/** A package from `name-[epoch:]version-release`; `source` is the name of its source package. */
export function rpm(nevr: string, source?: string, noarch = false): Rpm {
  const match = /^(.+)-(?:(\d+):)?([^-]+)-([^-]+)$/.exec(nevr)
  if (!match) throw new Error(`Not a package name-version-release: ${nevr}`)
  const [, name = '', epoch = '0', version = '', release = ''] = match
  return { name, version, release, epoch: Number(epoch), source: source ?? name, noarch }
}

/** Content sets for both architectures, from names that contain `$arch`. */
export function contentSets(...names: string[]): ContentSets {
  const named = (arch: string) => names.map((name) => name.replace('$arch', arch))
  return { amd64: named('x86_64'), arm64: named('aarch64') }
}

/** What the images of a stream have in common. */
export type Stream = {
  key: string
  contentSets: ContentSets
  /** The composes of earlier builds of the stream. */
  composeIds: readonly number[]
  branch: string
  target: string
  /** The packages of its base images besides OpenSSL. */
  base: readonly Rpm[]
  /** The vulnerable packages. */
  openssl: { libs: Rpm; tool: Rpm; devel: Rpm }
}

/** The older stream: OpenSSL 1.1. */
export const EL8: Stream = {
  key: 'el8',
  contentSets: contentSets('rhel-8-for-$arch-baseos-rpms', 'rhel-8-for-$arch-appstream-rpms'),
  composeIds: [101],
  branch: 'rhel-8.9.0',
  target: 'rhel-8-containers-candidate',
  base: [
    rpm('glibc-2.28-236.el8_9.12'),
    rpm('bash-4.4.20-4.el8_6'),
    rpm('coreutils-single-8.30-15.el8', 'coreutils'),
    rpm('ca-certificates-2023.2.60_v7.0.306-80.0.el8_8', undefined, true),
    rpm('tzdata-2024a-1.el8', undefined, true),
    rpm('zlib-1.2.11-25.el8'),
    rpm('curl-7.61.1-33.el8_9.5'),
  ],
  openssl: {
    libs: rpm('openssl-libs-1:1.1.1k-12.el8_9', 'openssl'),
    tool: rpm('openssl-1:1.1.1k-12.el8_9'),
    devel: rpm('openssl-devel-1:1.1.1k-12.el8_9', 'openssl'),
  },
}

/** The newer stream: OpenSSL 3, so every fixed el8 package is older by number than the el9 one. */
export const EL9: Stream = {
  key: 'el9',
  contentSets: contentSets('rhel-9-for-$arch-baseos-rpms', 'rhel-9-for-$arch-appstream-rpms'),
  composeIds: [102],
  branch: 'rhel-9.3.0',
  target: 'rhel-9-containers-candidate',
  base: [
    rpm('glibc-2.34-83.el9_3.12'),
    rpm('bash-5.1.8-6.el9_1'),
    rpm('coreutils-single-8.32-34.el9', 'coreutils'),
    rpm('ca-certificates-2023.2.60_v7.0.306-90.1.el9_2', undefined, true),
    rpm('tzdata-2024a-1.el9', undefined, true),
    rpm('zlib-1.2.11-40.el9'),
    rpm('curl-7.76.1-26.el9_3.3'),
  ],
  openssl: {
    libs: rpm('openssl-libs-1:3.0.7-25.el9_3', 'openssl'),
    tool: rpm('openssl-1:3.0.7-25.el9_3'),
    devel: rpm('openssl-devel-1:3.0.7-25.el9_3', 'openssl'),
  },
}

/** The packages that the critical advisory ships, for each stream. */
export const FIXED_OPENSSL = {
  el8: ['openssl', 'openssl-libs', 'openssl-devel'].map((name) =>
    rpm(`${name}-1:1.1.1k-14.el8_9`, 'openssl'),
  ),
  el9: ['openssl', 'openssl-libs', 'openssl-devel'].map((name) => rpm(`${name}-1:3.0.7-27.el9_3`, 'openssl')),
}
