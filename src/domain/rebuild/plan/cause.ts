/** The cause of a rebuild: RPMs of the image lack a fix, images it refers to were rebuilt, or a request named it. */
import { shortList } from '../consideration.ts'
import { affectedReason, type OlderRpm } from '../images/affected-rpms.ts'

/** Stored with the image, so that its reason can be given after planning. */
export type Cause = AdvisoryCause | NamedCause

/** An advisory has the fix for some of its RPMs. */
type AdvisoryCause = {
  /** Name of the advisory that has the fix. */
  advisory: string
  /** Empty when the catalogue has no RPM list for the image, or none for one of its architectures. */
  rpms: readonly OlderRpm[]
  /** The tag that is rebuilt automatically; null for ancestors and for images that were requested by name. */
  offer: { registry: string; repository: string; tag: string } | null
  /** This image was requested by name. */
  requested: boolean
  /** Only for a bundle: the images it refers to that were rebuilt. */
  replaced?: readonly { original: string; rebuilt: string }[]
}

/** A request without an advisory: `requested` is false for an image of another package that lies between requested ones. */
type NamedCause = { branch: string; requested: boolean }

/**
 * The first part of an image's reason. An image of a requested package that was not found itself is here because a requested one is
 * built on it, whatever branch it was made from.
 */
export function causeText({ cause, directlyAffected }: { cause: Cause; directlyAffected: boolean }): string {
  if ('branch' in cause) {
    if (!cause.requested) return 'it is built on a requested image'
    return `its package was requested${directlyAffected ? `, from the branch ${cause.branch}` : ''}`
  }
  const { advisory, offer, requested } = cause
  const tag = offer ? `; ${offer.registry}/${offer.repository}:${offer.tag} is rebuilt automatically` : ''
  return `${advisory}: ${lackText(cause)}${tag}${requested ? '; its rebuild was requested' : ''}`
}

function lackText({ rpms, replaced }: AdvisoryCause): string {
  if (replaced)
    return `it refers to ${shortList(replaced.map(({ original, rebuilt }) => `${original}, rebuilt as ${rebuilt}`))}`
  if (rpms.length > 0) return affectedReason(rpms)
  return 'the catalogue has no list of its RPMs, or none for an architecture, so it may lack the fix'
}

/**
 * NVRs of the RPMs that a rebuild must have, of the `fixedRpms` of the advisory: of an image without a list of its RPMs any of
 * them, of bundles and of images that were requested by name none.
 */
export function neededRpms(cause: Cause, fixedRpms: readonly string[]): readonly string[] {
  if ('branch' in cause || cause.replaced) return []
  return cause.rpms.length > 0 ? cause.rpms.map(({ wanted }) => wanted) : fixedRpms
}

/** Names of the RPMs that lack the fix; null when they are not known, or when no fix is wanted. */
export function rpmsToFix(cause: Cause): string[] | null {
  if ('branch' in cause || cause.rpms.length === 0) return null
  return [...new Set(cause.rpms.map((rpm) => rpm.name))]
}
