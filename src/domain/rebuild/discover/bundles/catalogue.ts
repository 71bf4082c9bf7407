/** What the catalogue's REST interface knows about images and operator bundles (behaviour/freshmaker 9.5). */

/** One repository that offers an image, with the digests that the image has there. */
export type DigestPlace = {
  registry: string
  repository: string
  published: boolean
  tags: readonly string[]
  /** Digest of the manifest list, by which bundles refer to the image. */
  listDigest: string | null
  /** Digest of the manifest of one architecture. */
  manifestDigest: string | null
}

/** An image with the places of all its architectures; labels are those of one of them. */
export type DigestImage = {
  nvr: string
  labels: Readonly<Record<string, string>>
  places: readonly DigestPlace[]
  /** Its labels, places and tags that cannot be read. */
  unreadable: readonly { path: string; message: string }[]
}

/** A bundle as an index image lists it. */
export type ListedBundle = {
  /** `registry/repository@digest`, as far as it is known. */
  path: string | null
  /** Digest of the bundle image. */
  digest: string
  csvName: string | null
  /** As written in its CSV: need not be a semantic version. */
  version: string
}

/** An index image and the OpenShift version (`4.14`) it is for. */
export type IndexImage = { path: string; openshiftVersion: string }

/** Whether a repository offers the image to customers. */
export function isPublished({ places }: DigestImage): boolean {
  return places.some((place) => place.published)
}

/** The distinct manifest list digests of an image, those of published places first. */
export function listDigests(
  { places }: DigestImage,
  { onlyPublished }: { onlyPublished: boolean },
): string[] {
  const published = places.filter((place) => place.published)
  const counted = onlyPublished ? published : [...published, ...places]
  return unique(counted.map((place) => place.listDigest))
}

/** The distinct digests of an image's manifests. */
export function manifestDigests({ places }: DigestImage): string[] {
  return unique(places.map((place) => place.manifestDigest))
}

function unique(digests: readonly (string | null)[]): string[] {
  return [...new Set(digests.filter((digest) => digest !== null))]
}
