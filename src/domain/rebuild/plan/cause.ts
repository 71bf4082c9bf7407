/** Why an image takes part in a rebuild: its RPMs lack the fix of an advisory, or a request named it. */
import { affectedReason, type OlderRpm } from '../images/affected-rpms.ts'

/** Stored with the image, so that its reason can be given after planning. */
export type Cause = AdvisoryCause | NamedCause

/** An advisory has the fix for some of its RPMs. */
type AdvisoryCause = {
  /** Name of the advisory that has the fix. */
  advisory: string
  /** Empty when the catalogue has no RPM list for the image. */
  rpms: readonly OlderRpm[]
  /** The tag that is rebuilt automatically; null for ancestors and for images that were requested by name. */
  offer: { registry: string; repository: string; tag: string } | null
  /** This image was requested by name. */
  requested: boolean
}

/** A request without an advisory: `requested` is false for an image that lies between requested ones. */
type NamedCause = { branch: string; requested: boolean }

/** The first part of an image's reason. */
export function causeText(cause: Cause): string {
  if ('branch' in cause)
    return cause.requested
      ? `its package was requested, from the branch ${cause.branch}`
      : 'it is built on a requested image'
  const { advisory, rpms, offer, requested } = cause
  const lacking =
    rpms.length > 0 ? affectedReason(rpms) : 'the catalogue has no list of its RPMs, so it may lack the fix'
  const tag = offer ? `; ${offer.registry}/${offer.repository}:${offer.tag} is rebuilt automatically` : ''
  return `${advisory}: ${lacking}${tag}${requested ? '; its rebuild was requested' : ''}`
}

/** Names of the RPMs that lack the fix; null when they are not known, or when no fix is wanted. */
export function rpmsToFix(cause: Cause): string[] | null {
  if ('branch' in cause || cause.rpms.length === 0) return null
  return [...new Set(cause.rpms.map((rpm) => rpm.name))]
}
