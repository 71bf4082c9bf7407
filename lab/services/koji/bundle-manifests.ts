/** The archive of a bundle's manifests, as the build system stores it with the build (behaviour/koji 6). */
import { strToU8, zipSync } from 'fflate'
import { stringify } from 'yaml'
import type { LabBundle } from '../../catalogue/entry.ts'

/** A zip file with a CSV and another manifest. */
export function manifestsArchive({
  csvName,
  version,
  substitutesFor,
  pullspecs,
}: LabBundle): Uint8Array<ArrayBuffer> {
  const annotations = substitutesFor === null ? {} : { 'olm.substitutesFor': substitutesFor }
  const csv = {
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: { name: csvName, annotations },
    spec: {
      version,
      relatedImages: pullspecs.map(({ new: image }, index) => ({ name: `image-${index}`, image })),
    },
  }
  const files = {
    'operator.crd.yaml': strToU8('kind: CustomResourceDefinition\n'),
    'operator.clusterserviceversion.yaml': strToU8(stringify(csv)),
  }
  return new Uint8Array(zipSync(files))
}
