/** Operator bundles of the example catalogue, the index images that list them, and the OpenShift versions these are for. */
import { digestOf, pullAddress } from '../services/koji/answers.ts'
import type { LabBundle, LabPullspec } from './entry.ts'
import type { ImageSpec } from './spec.ts'
import { EL8 } from './streams.ts'

/** One index image for each OpenShift version; the newest one is not released yet. */
export const OPERATOR_INDICES = ['4.14', '4.15', '4.99'].map((openshiftVersion) => ({
  path: `registry.example.com/operators/example-operator-index:v${openshiftVersion}`,
  openshiftVersion,
  organization: 'example-operators',
}))

/** Days of general availability. */
export const OPENSHIFT_VERSIONS: Readonly<Record<string, string | null>> = {
  '4.14': '2023-10-31',
  '4.15': '2024-02-27',
  '4.99': null,
}

const [OLD = '', CURRENT = '', FUTURE = ''] = OPERATOR_INDICES.map(({ path }) => path)

/** How a bundle refers to an image: its sources name a tag, which the build has pinned. */
function pullspecOf(nvr: string): LabPullspec {
  const name = nvr.replace(/-[^-]+-[^-]+$/, '')
  return {
    new: `${pullAddress(name)}@${digestOf(nvr)}`,
    original: `${pullAddress(name)}:latest`,
    pinned: true,
  }
}

/** A bundle of these images, by NVR. */
export function bundleOf(
  csvName: string,
  version: string,
  images: readonly string[],
  indices: readonly string[],
): LabBundle {
  return { csvName, version, substitutesFor: null, pullspecs: images.map(pullspecOf), indices }
}

const HTTPD = 'httpd-24-container-1-283'
const NODEJS = 'nodejs-18-container-1-92'
const BUNDLE = {
  stream: EL8,
  from: null,
  adds: [],
  composeIds: [],
  contentSets: { amd64: [], arm64: [] },
  labels: { 'com.redhat.delivery.operator.bundle': 'true', 'com.redhat.openshift.versions': 'v4.14' },
  expect: 'left',
} as const

/** None of them contains a package; they matter when an image they refer to has been rebuilt and ships. */
export const BUNDLE_IMAGES: readonly ImageSpec[] = [
  {
    ...BUNDLE,
    nvr: 'storefront-bundle-container-2.3.1-4',
    repository: 'operators/storefront-bundle',
    bundle: bundleOf('storefront-operator.v2.3.1', '2.3.1', [HTTPD, NODEJS], [OLD, CURRENT]),
    note: 'operator bundle: refers to httpd and nodejs',
  },
  {
    ...BUNDLE,
    nvr: 'ledger-bundle-container-1.4.0-2',
    repository: 'operators/ledger-bundle',
    bundle: bundleOf('ledger-operator.v1.4.0', '1.4.0', ['ledger-container-2.0-5', NODEJS], [CURRENT]),
    note: 'operator bundle: refers to ledger and nodejs',
  },
  {
    ...BUNDLE,
    nvr: 'preview-bundle-container-0.9.0-1',
    repository: 'operators/preview-bundle',
    bundle: bundleOf('preview-operator.v0.9.0', '0.9.0', [HTTPD], [FUTURE]),
    note: 'operator bundle: only for an OpenShift version that is not released',
  },
  {
    ...BUNDLE,
    nvr: 'frozen-bundle-container-3.0.0-7',
    repository: 'operators/frozen-bundle',
    bundle: bundleOf('frozen-operator.v3.0.0', '3.0.0', [HTTPD], [CURRENT]),
    note: 'operator bundle: none of its tags is rebuilt automatically',
  },
  {
    ...BUNDLE,
    nvr: 'storefront-bundle-container-2.3.0-9',
    repository: 'operators/storefront-bundle',
    labels: { ...BUNDLE.labels, 'com.redhat.hotfix': 'true' },
    bundle: bundleOf('storefront-operator.v2.3.0', '2.3.0', [HTTPD], [OLD]),
    note: 'operator bundle: a hotfix',
  },
]
