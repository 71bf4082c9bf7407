/** The JSON of the waiver service (behaviour/greenwave 8.4). */
import type { LabWaiver } from './state.ts'

/** A waiver. Microseconds are left out when they are zero. */
export function waiverJson(waiver: LabWaiver) {
  const { subjectType, subjectIdentifier } = waiver
  return {
    id: waiver.id,
    subject_type: subjectType,
    subject_identifier: subjectIdentifier,
    subject:
      subjectType === 'compose'
        ? { 'productmd.compose.id': subjectIdentifier }
        : { type: subjectType, item: subjectIdentifier },
    testcase: waiver.testCase,
    scenario: waiver.scenario,
    product_version: waiver.productVersion,
    waived: waiver.waived,
    comment: waiver.comment,
    username: waiver.username,
    proxied_by: waiver.proxiedBy,
    timestamp: waiver.givenAt.replace(/\.0+$/, ''),
  }
}

/** The addresses of the neighboring pages. A page beyond the last has none, not even the one before it. */
export function neighbors(url: string, page: number, pages: number) {
  if (page > pages) return { prev: null, next: null, first: null, last: null }
  const address = (number: number) => {
    const neighbor = new URL(url)
    neighbor.searchParams.set('page', String(number))
    return neighbor.href
  }
  return {
    prev: page > 1 ? address(page - 1) : null,
    next: page < pages ? address(page + 1) : null,
    first: address(1),
    last: address(pages),
  }
}
