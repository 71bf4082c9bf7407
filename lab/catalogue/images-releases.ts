/** Images of the example catalogue with several releases: the service must choose which to rebuild, and on which parent. */
import type { ImageSpec } from './spec.ts'
import { EL9, FIXED_OPENSSL, rpm } from './streams.ts'

const stream = EL9
const { libs } = EL9.openssl
const FIXED_LIBS = FIXED_OPENSSL.el9.filter(({ name }) => name === 'openssl-libs')

/** Parents precede their children. */
export const RELEASE_IMAGES: readonly ImageSpec[] = [
  {
    nvr: 's2i-base-rhel9-container-1-210',
    stream,
    from: 'ubi9-container-9.3-1610',
    repository: 'rhel9/s2i-base',
    tags: [],
    adds: [rpm('gcc-11.4.1-2.1.el9')],
    expect: 'left',
    note: 'an older release: images built on it move to the newest one',
  },
  {
    nvr: 's2i-base-rhel9-container-1-238',
    stream,
    from: 'ubi9-container-9.3-1610',
    repository: 'rhel9/s2i-base',
    adds: [rpm('gcc-11.4.1-3.el9')],
    expect: 'rebuilt',
    note: 'the newest release of its image',
  },
  {
    nvr: 'perl-532-container-1-61',
    stream,
    from: 's2i-base-rhel9-container-1-238',
    repository: 'rhel9/perl-532',
    unimportedRpms: ['openssl-libs'],
    expect: 'rebuilt',
    note: 'already built on the newest release; the hub does not list the package to fix, only metadata.json does',
  },
  {
    nvr: 'php-81-container-1-44',
    stream,
    from: 's2i-base-rhel9-container-1-210',
    repository: 'rhel9/php-81',
    expect: 'rebuilt',
    note: 'built on an older release: it is rebuilt on the rebuild of the newest',
  },
  {
    nvr: 'eap8-base-container-8.0-5',
    stream,
    from: null,
    repository: 'eap/eap8-base',
    tags: [],
    adds: [...EL9.base, libs],
    expect: 'left',
    note: 'not rebuilt automatically, and a later release of it has the fix',
  },
  {
    nvr: 'eap8-base-container-8.0-6',
    stream,
    from: null,
    repository: 'eap/eap8-base',
    adds: [...EL9.base, ...FIXED_LIBS],
    expect: 'left',
    note: 'already fixed and published: images are built on it unchanged',
  },
  {
    nvr: 'eap8-container-8.0-11',
    stream,
    from: 'eap8-base-container-8.0-5',
    repository: 'eap/eap8',
    expect: 'rebuilt',
    note: 'rebuilt on the fixed release of its parent',
  },
  {
    nvr: 'ubi9-stream-container-9.3-40',
    stream,
    from: null,
    repository: 'ubi9-stream',
    tags: [],
    adds: [...EL9.base, libs],
    filesystemTaskId: 88002,
    expect: 'left',
    note: 'an older base image, made from a filesystem: the newest release replaces it',
  },
  {
    nvr: 'ubi9-stream-container-9.3-41',
    stream,
    from: null,
    repository: 'ubi9-stream',
    adds: [...EL9.base, libs],
    filesystemTaskId: 88003,
    expect: 'dependency',
    note: 'the newest release of a base image that is only an ancestor',
  },
  {
    nvr: 'stream-gateway-container-1.0-3',
    stream,
    from: 'ubi9-stream-container-9.3-40',
    repository: 'net/stream-gateway',
    expect: 'rebuilt',
    note: 'rebuilt on the newest release of its base',
  },
]
