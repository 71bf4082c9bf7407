/** What a preview is about: an advisory, or RPMs as if an advisory had just shipped them. */

import { quote } from '../../quote.ts'
import type { Criteria } from '../discover/criteria.ts'
import { SHIPPED } from '../images/advisory.ts'
import { isModular, tryParseNvr } from '../images/nvr.ts'

/** What a plan is made for; `containerImages` limits it to these NVRs of images, if there are any. */
export type WhatIf = { containerImages: readonly string[] } & (OfAdvisory | { rpms: NamedRpms })

/**
 * `dependsOn`: an event whose finished builds are reused. `again`: images that earlier events of the advisory have rebuilt are
 * planned too. `now`: the advisory counts in its present state, not as if it had shipped. `dryRun`: what earlier dry runs have
 * built counts too.
 */
type OfAdvisory = { errataId: number; dependsOn?: number; again?: boolean; now?: boolean; dryRun?: boolean }

/** Fixed RPMs, and what an advisory would say about them. */
export type NamedRpms = {
  /** Binary packages, no architecture; an epoch before the version counts. */
  nvrs: readonly string[]
  /** Images with content from none of these are left out; empty: any content. */
  contentSets: readonly string[]
  /** What the operators' rules judge; a product that is not known (null) is not compared. */
  advisoryName: string
  securityImpact: string
  product: string | null
}

/** By default the RPMs are judged as those of the worst security advisory. */
export const WORST_ADVISORY = {
  advisoryName: 'RHSA-0000:0000',
  securityImpact: 'critical',
  product: null,
} as const

const WITH_ARCH = /\.(?:x86_64|aarch64|ppc64le|ppc64|s390x|i[3-6]86|noarch|src)(?:\.rpm)?$|\.rpm$/

/** Why a text is not the NVR of an RPM, for its sender; undefined: it is one. */
export function problemOfRpmNvr(text: string): string | undefined {
  if (WITH_ARCH.test(text))
    return `${quote(text)} has an architecture or is a file: give name-version-release alone, such as openssl-libs-3.0.7-20.el9`
  if (tryParseNvr(text) === null)
    return `${quote(text)} is not a name-version-release, such as openssl-libs-3.0.7-20.el9`
  return undefined
}

/** The criteria of a shipped advisory with these RPMs, as a manual rebuild would have them. */
export function criteriaOfRpms({ nvrs, advisoryName, product, securityImpact }: NamedRpms): Criteria {
  return {
    manual: true,
    dry_run: false,
    advisory_state: SHIPPED,
    advisory_name: advisoryName,
    advisory_content_types: nvrs.some(isModular) ? 'module' : 'rpm',
    advisory_security_impact: securityImpact,
    ...(product !== null && { advisory_product_short_name: product }),
  }
}
