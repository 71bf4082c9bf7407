/** Why an image takes part in a rebuild: which of its RPMs lack the fix, and where it is offered. */
import { shortList } from '../consideration.ts'
import { affectedReason, type OlderRpm } from '../images/affected-rpms.ts'

/** Stored with the image, so that its reason can be given after planning. */
export type Cause = {
  /** Name of the advisory that has the fix. */
  advisory: string
  /** Empty when the catalogue has no RPM list for the image. */
  rpms: readonly OlderRpm[]
  /** The tag that is rebuilt automatically; null for ancestors and for images that were requested by name. */
  offer: { registry: string; repository: string; tag: string } | null
  /** This image was requested by name. */
  requested: boolean
  /** Only of a bundle: the images it refers to that were rebuilt. */
  replaced?: readonly { original: string; rebuilt: string }[]
}

/** The first part of an image's reason. */
export function causeText(cause: Cause): string {
  const { advisory, offer, requested } = cause
  const tag = offer ? `; ${offer.registry}/${offer.repository}:${offer.tag} is rebuilt automatically` : ''
  return `${advisory}: ${lackText(cause)}${tag}${requested ? '; its rebuild was requested' : ''}`
}

function lackText({ rpms, replaced }: Cause): string {
  if (replaced)
    return `it refers to ${shortList(replaced.map(({ original, rebuilt }) => `${original}, rebuilt as ${rebuilt}`))}`
  if (rpms.length > 0) return affectedReason(rpms)
  return 'the catalogue has no list of its RPMs, so it may lack the fix'
}
