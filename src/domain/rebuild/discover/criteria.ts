/** The values that allow and block rules may test, under the names that operators use in rules (behaviour/freshmaker 6.2). */
import { type Advisory, SHIPPED } from '../images/advisory.ts'
import type { Image } from '../images/image.ts'
import { parseNvr } from '../images/nvr.ts'

/** Every criterion that any stage supplies. A rule that tests any other name is misspelled. */
export const CRITERIA = [
  ...(['manual', 'dry_run', 'published'] as const),
  ...(['advisory_name', 'advisory_state', 'advisory_security_impact', 'advisory_content_types'] as const),
  ...(['advisory_product_short_name', 'advisory_release_name', 'advisory_is_major_incident'] as const),
  ...(['advisory_is_compliance_priority', 'advisory_is_contract_priority'] as const),
  ...(['image_name', 'image_version', 'image_release', 'image_published_repo'] as const),
] as const

const FLAG = ['True', 'False'] as const

/**
 * All values of a criterion, where they are known: a rule whose patterns match none of them has no effect. `published` is left
 * out: it is always True, and operators let unpublished images in by a pattern that does not match it.
 */
export const VALUES: Readonly<Partial<Record<(typeof CRITERIA)[number], readonly string[]>>> = {
  manual: FLAG,
  dry_run: FLAG,
  advisory_is_major_incident: FLAG,
  advisory_is_compliance_priority: FLAG,
  advisory_is_contract_priority: FLAG,
  advisory_security_impact: ['critical', 'important', 'moderate', 'low', 'none'],
  advisory_state: 'NEW_FILES QE REL_PREP PUSH_READY IN_PUSH SHIPPED_LIVE DROPPED_NO_SHIP'.split(' '),
}

type Value = string | number | boolean | null

/** One value per criterion; rules compare its text. */
export type Criteria = Readonly<Record<string, Value>>

type Supplied = Readonly<Partial<Record<(typeof CRITERIA)[number], Value>>>

/** How an event was triggered. `asShipped`: it is a preview of what happens once its advisory has shipped. */
export type Trigger = { manual: boolean; dryRun: boolean; asShipped?: boolean }

/** The criteria of every event; an event without an advisory has no more. */
export function triggerCriteria({ manual, dryRun }: Trigger): Criteria {
  return { manual, dry_run: dryRun } satisfies Supplied
}

/**
 * Criteria of an event with an advisory. One that is not manual was opened because the advisory had shipped, which the
 * Errata Tool may show a while later.
 */
export function advisoryCriteria(advisory: Advisory, trigger: Trigger): Criteria {
  return {
    ...triggerCriteria(trigger),
    advisory_state: trigger.manual && !trigger.asShipped ? advisory.state : SHIPPED,
    advisory_name: advisory.name,
    advisory_security_impact: advisory.securityImpact,
    advisory_product_short_name: advisory.productShortName,
    advisory_release_name: advisory.releaseName,
    advisory_is_major_incident: advisory.isMajorIncident,
    advisory_is_compliance_priority: advisory.isCompliancePriority,
    advisory_is_contract_priority: advisory.isContractPriority,
    advisory_content_types: advisory.contentTypes.join(' '),
  } satisfies Supplied
}

/** Criteria for deciding whether an event considers published images only. */
export function publishedCriteria(event: Criteria): Criteria {
  return { ...event, ...({ published: true } satisfies Supplied) }
}

/** Criteria for one image; `publishedRepository` is the repository through whose tag it was found. */
export function imageCriteria(event: Criteria, image: Image, publishedRepository: string | null): Criteria {
  const { name, version, release } = parseNvr(image.nvr)
  const ofImage = {
    image_name: name,
    image_version: version,
    image_release: release,
    image_published_repo: publishedRepository,
  } satisfies Supplied
  return { ...event, ...ofImage }
}
