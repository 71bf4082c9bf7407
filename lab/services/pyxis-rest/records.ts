/** The records of the REST interface, made from the images of the world. */
import { ARCHES, type Arch, KOJI_ARCH, type LabImage } from '../../catalogue/entry.ts'
import type { World } from '../../world.ts'
import { digestOf } from '../koji/answers.ts'

/** A record as JSON. */
export type JsonRecord = Record<string, unknown>

/** One record for each architecture of the listed images, or of the image with this NVR. */
export function imageRecords(world: World, nvr?: string): JsonRecord[] {
  const images =
    nvr === undefined ? world.images : world.images.filter((image) => image.nvr === nvr && !image.konflux)
  return images.flatMap((image) => ARCHES.map((arch) => imageRecord(image, arch)))
}

function imageRecord(image: LabImage, arch: Arch): JsonRecord {
  return {
    architecture: arch,
    brew: image.konflux ? null : { build: image.nvr, package: image.name },
    parsed_data: { labels: Object.entries(image.labels).map(([name, value]) => ({ name, value })) },
    repositories: image.locations.map(({ tags, ...place }) => ({
      ...place,
      manifest_list_digest: digestOf(image.nvr),
      manifest_schema2_digest: manifestDigest(image, arch),
      published_date: image.publishedAt,
      tags: tags.map((name) => ({ name, added_date: image.publishedAt })),
    })),
  }
}

function manifestDigest({ nvr }: LabImage, arch: Arch): string {
  return digestOf(`${nvr}.${KOJI_ARCH[arch]}.manifest`)
}

/** The index images. */
export function indexRecords({ catalogue }: World): JsonRecord[] {
  return catalogue.operatorIndices.map(({ path, openshiftVersion, organization }) => ({
    path,
    ocp_version: openshiftVersion,
    organization,
  }))
}

/** One record for each index image that lists a bundle. */
export function bundleRecords({ images, catalogue }: World): JsonRecord[] {
  return images.flatMap((image) => {
    const { bundle } = image
    if (!bundle) return []
    const digest = manifestDigest(image, 'amd64')
    return catalogue.operatorIndices
      .filter(({ path }) => bundle.indices.includes(path))
      .map(({ path, openshiftVersion, organization }) => ({
        bundle_path: `${image.locations[0]?.registry}/${image.locations[0]?.repository}@${digest}`,
        bundle_path_digest: digest,
        channel_name: 'stable',
        csv_name: bundle.csvName,
        latest_in_channel: true,
        ocp_version: openshiftVersion,
        organization,
        related_images: bundle.pullspecs.map(({ new: pullspec }) => ({
          image: pullspec,
          digest: pullspec.slice(pullspec.indexOf('@') + 1),
        })),
        source_index_container_path: path,
        version_original: bundle.version,
      }))
  })
}
