/** The advisories of the example catalogue: one causes most images to be rebuilt, the others none. */

import type { AdvisoryBuild, LabAdvisory, LabModule, Rpm } from './entry.ts'
import { FIXED_IMAGE_LIBS, FIXED_RASTER } from './images-flatpaks.ts'
import { FIXED_OPENSSL, rpm } from './streams.ts'

const EL8_REPOS = ['x86_64', 'aarch64'].flatMap((arch) => [
  `rhel-8-for-${arch}-baseos-rpms__8_DOT_9__${arch}`,
  `rhel-8-for-${arch}-appstream-rpms__8_DOT_9__${arch}`,
])
const EL9_REPOS = ['x86_64', 'aarch64'].flatMap((arch) => [
  `rhel-9-for-${arch}-baseos-rpms__9_DOT_3__${arch}`,
  `rhel-9-for-${arch}-appstream-rpms__9_DOT_3__${arch}`,
])
/** Where modules in testing are pushed to. */
const HIDDEN_REPOS = ['x86_64', 'aarch64'].map(
  (arch) => `rhel-8-for-${arch}-appstream-hidden-rpms__8_DOT_9__${arch}`,
)

/** Pulp repository id -> content set, for every repository that the advisories ship to. */
export const PULP_REPOSITORIES: Readonly<Record<string, string>> = Object.fromEntries(
  [...EL8_REPOS, ...EL9_REPOS, ...HIDDEN_REPOS].map((id) => [id, id.split('__')[0] ?? id]),
)

const LINES = {
  el8: { productVersion: 'RHEL-8.9.0.Z.MAIN', variant: 'BaseOS-8.9.0.Z.MAIN', tag: 'rhel-8.9.0-z' },
  el9: { productVersion: 'RHEL-9.3.0.Z.MAIN', variant: 'BaseOS-9.3.0.Z.MAIN', tag: 'rhel-9.3.0-z' },
} as const

function rpmBuild(line: keyof typeof LINES, rpms: readonly Rpm[], cves: readonly string[]): AdvisoryBuild {
  const { productVersion, variant, tag } = LINES[line]
  const [first] = rpms
  if (!first) throw new Error('An RPM build needs at least one package')
  return {
    productVersion,
    variant,
    nvr: `${first.source}-${first.version}-${first.release}`,
    rpms,
    cves,
    signed: true,
    isModule: false,
    tags: [tag, `${tag}-candidate`],
  }
}

function containerBuild(line: keyof typeof LINES, nvr: string): AdvisoryBuild {
  const { productVersion, variant, tag } = LINES[line]
  return { productVersion, variant, nvr, rpms: [], cves: [], signed: true, isModule: false, tags: [tag] }
}

/** Returns a build of the module; in the build system dashes of a stream are underscores. */
function moduleBuild(
  line: keyof typeof LINES,
  module: LabModule,
  rpms: readonly Rpm[],
  cve: string,
): AdvisoryBuild {
  const { productVersion, variant, tag } = LINES[line]
  const { name, stream, version, context } = module
  const nvr = `${name}-${stream.replaceAll('-', '_')}-${version}.${context}`
  return {
    productVersion,
    variant,
    nvr,
    rpms,
    cves: [cve],
    signed: false,
    isModule: true,
    module,
    tags: [`${tag}-candidate`],
  }
}

const OPENSSL_CVES = ['CVE-2026-0727', 'CVE-2026-2511']

const SHARED = {
  status: 'PUSH_READY',
  contentTypes: ['rpm'],
  productId: 16,
  releaseId: 1500,
  reporter: 'jdoe@example.com',
  bugs: {},
  jiraIssues: [],
  blockedBy: [],
} as const

/** The advisories; none of them has shipped yet. */
export const EXAMPLE_ADVISORIES: readonly LabAdvisory[] = [
  {
    ...SHARED,
    id: 133001,
    type: 'RHSA',
    number: '2026:9101-03',
    synopsis: 'Critical: openssl security update',
    securityImpact: 'Critical',
    cves: OPENSSL_CVES,
    bugs: { 2263441: 'hightouch+,rhsa_sla+', 2263502: 'rhel-8.9.0.z+' },
    jiraIssues: ['RHEL-28411'],
    builds: [
      rpmBuild('el8', FIXED_OPENSSL.el8, OPENSSL_CVES),
      rpmBuild('el9', FIXED_OPENSSL.el9, OPENSSL_CVES),
    ],
    pulpRepositories: [...EL8_REPOS, ...EL9_REPOS],
  },
  {
    ...SHARED,
    id: 133002,
    type: 'RHSA',
    number: '2026:9144-01',
    synopsis: 'Moderate: curl security update',
    securityImpact: 'Moderate',
    cves: ['CVE-2026-1190'],
    builds: [
      rpmBuild(
        'el8',
        [rpm('curl-7.61.1-34.el8_9'), rpm('libcurl-7.61.1-34.el8_9', 'curl')],
        ['CVE-2026-1190'],
      ),
    ],
    pulpRepositories: EL8_REPOS,
  },
  {
    ...SHARED,
    id: 133003,
    type: 'RHBA',
    number: '2026:9150-02',
    synopsis: 'screen bug fix update',
    securityImpact: 'None',
    cves: [],
    builds: [rpmBuild('el9', [rpm('screen-4.8.0-7.el9_3')], [])],
    pulpRepositories: EL9_REPOS,
  },
  {
    ...SHARED,
    id: 133004,
    type: 'RHBA',
    number: '2026:9163-01',
    synopsis: 'updated httpd-24 container image',
    securityImpact: 'None',
    contentTypes: ['docker'],
    // Filed by the automation that ships rebuilt images: it concerns operator bundles, not packages.
    reporter: 'botas/releng-jenkins@EXAMPLE.COM',
    cves: [],
    builds: [containerBuild('el8', 'httpd-24-container-1-283')],
    pulpRepositories: [],
  },
  {
    ...SHARED,
    id: 133005,
    type: 'RHSA',
    number: '2026:9171-01',
    synopsis: 'Important: image-libs:rhel8 security update',
    status: 'QE',
    securityImpact: 'Important',
    contentTypes: ['module'],
    cves: ['CVE-2026-3310'],
    builds: [moduleBuild('el8', FIXED_IMAGE_LIBS, [FIXED_RASTER], 'CVE-2026-3310')],
    pulpRepositories: HIDDEN_REPOS,
  },
]
