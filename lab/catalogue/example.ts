/** The example catalogue: about fifty images on four levels in two streams, and one critical advisory. */
import { EXAMPLE_ADVISORIES, PULP_REPOSITORIES } from './advisories.ts'
import type { Catalogue } from './entry.ts'
import { BUNDLE_IMAGES, OPENSHIFT_VERSIONS, OPERATOR_INDICES } from './images-bundles.ts'
import { DECOY_IMAGES } from './images-decoys.ts'
import { EL8_IMAGES } from './images-el8.ts'
import { EL9_IMAGES } from './images-el9.ts'
import { FLATPAK_COMPOSES, FLATPAK_IMAGES } from './images-flatpaks.ts'
import { RELEASE_IMAGES } from './images-releases.ts'
import { EXAMPLE_REPOSITORIES } from './repositories.ts'
import { expandImages } from './spec.ts'
import { EL8, EL9, type Stream } from './streams.ts'

/**
 * Its advisories: 133001 critical openssl, 133002 moderate curl (not allowed by the default policy), 133003 affects no
 * image, 133004 ships a container image, 133005 is in testing with a module that flatpaks contain.
 */
export const exampleCatalogue: Catalogue = {
  images: expandImages([
    ...EL8_IMAGES,
    ...EL9_IMAGES,
    ...RELEASE_IMAGES,
    ...DECOY_IMAGES,
    ...BUNDLE_IMAGES,
    ...FLATPAK_IMAGES,
  ]),
  repositories: EXAMPLE_REPOSITORIES,
  advisories: EXAMPLE_ADVISORIES,
  products: [{ id: 16, name: 'Example Enterprise Linux', shortName: 'RHEL' }],
  releases: [
    {
      id: 1500,
      name: 'RHEL-8.9.0.Z.MAIN',
      type: 'Zstream',
      description: 'Example Enterprise Linux 8.9 z-stream',
    },
  ],
  productVersions: [
    { id: 2001, productId: 16, name: 'RHEL-8.9.0.Z.MAIN', rhelRelease: 'RHEL-8' },
    { id: 2002, productId: 16, name: 'RHEL-9.3.0.Z.MAIN', rhelRelease: 'RHEL-9' },
  ],
  composes: [...[EL8, EL9].flatMap(pastComposes), ...FLATPAK_COMPOSES],
  pulpRepositories: PULP_REPOSITORIES,
  operatorIndices: OPERATOR_INDICES,
  openshiftVersions: OPENSHIFT_VERSIONS,
}

function pastComposes(stream: Stream) {
  const source = [...stream.contentSets.amd64, ...stream.contentSets.arm64].join(' ')
  return stream.composeIds.map((id) => ({ id, source }))
}
