/** The criteria that rules may test: of an advisory, a manual request and an image. */
import { describe, expect, it } from 'vitest'
import {
  advisoryCriteria,
  CRITERIA,
  imageCriteria,
  publishedCriteria,
  triggerCriteria,
} from '../../../../../src/domain/rebuild/discover/criteria.ts'
import type { Advisory } from '../../../../../src/domain/rebuild/images/advisory.ts'
import { allowed } from '../../../../support/discover/rules.ts'
import { image } from '../../../../support/rebuild/planned-images.ts'

describe('criteria', () => {
  const advisory: Advisory = {
    id: 123,
    name: 'RHSA-2020:1234-01',
    state: 'SHIPPED_LIVE',
    contentTypes: ['rpm', 'module'],
    securityImpact: 'critical',
    productShortName: 'RHEL',
    releaseName: 'RHEL-8.2.0',
    releaseType: 'QuarterlyUpdate',
    reporter: 'me@example.com',
    cves: [],
    shippedAt: null,
    isMajorIncident: true,
    isCompliancePriority: false,
    isContractPriority: false,
  }
  const event = advisoryCriteria(advisory, { manual: false, dryRun: true })

  it('of an advisory', () => {
    expect(event).toEqual({
      manual: false,
      dry_run: true,
      advisory_state: 'SHIPPED_LIVE',
      advisory_name: 'RHSA-2020:1234-01',
      advisory_security_impact: 'critical',
      advisory_product_short_name: 'RHEL',
      advisory_release_name: 'RHEL-8.2.0',
      advisory_is_major_incident: true,
      advisory_is_compliance_priority: false,
      advisory_is_contract_priority: false,
      advisory_content_types: 'rpm module',
    })
  })

  it.each([
    [false, 'SHIPPED_LIVE'],
    [true, 'IN_PUSH'],
  ])('have the state that the Errata Tool still shows only if manual: %s', (manual, state) => {
    const late = { ...advisory, state: 'IN_PUSH' }
    expect(advisoryCriteria(late, { manual, dryRun: false })['advisory_state']).toBe(state)
  })

  it('for deciding whether published images are enough', () => {
    expect(publishedCriteria(event)).toEqual({ ...event, published: true })
    expect(allowed({ published: 'False' }, publishedCriteria(event))).toBe(false)
  })

  it('are together all that rules may test', () => {
    const supplied = imageCriteria(publishedCriteria(event), image('foo-bar-1-2.3'), null)
    expect(Object.keys(supplied).sort()).toEqual([...CRITERIA].sort())
  })

  it('of an image, and of an event without advisory', () => {
    expect(
      imageCriteria(triggerCriteria({ manual: true, dryRun: false }), image('foo-bar-1-2.3'), 'product/foo'),
    ).toEqual({
      manual: true,
      dry_run: false,
      image_name: 'foo-bar',
      image_version: '1',
      image_release: '2.3',
      image_published_repo: 'product/foo',
    })
  })
})
