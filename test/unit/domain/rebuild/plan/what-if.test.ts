/** Previews for RPMs that are given by name: which names are refused, and as what the rules judge them. */
import { describe, expect, it } from 'vitest'
import {
  criteriaOfRpms,
  problemOfRpmNvr,
  WORST_ADVISORY,
} from '../../../../../src/domain/rebuild/plan/what-if.ts'

describe('the name of an RPM', () => {
  it.each(['openssl-libs-3.0.7-20.el9', 'openssl-1:3.0.7-20.el9', 'srcml-1-1'])('may be %s', (name) => {
    expect(problemOfRpmNvr(name)).toBeUndefined()
  })

  it.each(['openssl-3.0.7-20.el9.x86_64', 'openssl-3.0.7-20.el9.i686', 'openssl-3.0.7-20.el9.noarch.rpm'])(
    'has no architecture: %s',
    (name) => {
      expect(problemOfRpmNvr(name)).toMatch(
        /has an architecture or is a file: give name-version-release alone/,
      )
    },
  )

  it.each(['openssl', 'openssl-3.0.7', ''])('has a version and a release: %j', (name) => {
    expect(problemOfRpmNvr(name)).toMatch(/is not a name-version-release, such as/)
  })
})

describe('the criteria of RPMs', () => {
  const named = { ...WORST_ADVISORY, contentSets: [] }
  const MODULAR = 'openssl-3-1.module+el8.9.0+1+a'

  it('are those of a manual rebuild for a shipped advisory, without a product that is not known', () => {
    expect(criteriaOfRpms({ ...named, nvrs: ['openssl-3-1.el9'] })).toEqual({
      manual: true,
      dry_run: false,
      advisory_state: 'SHIPPED_LIVE',
      advisory_name: 'RHSA-0000:0000',
      advisory_content_types: 'rpm',
      advisory_security_impact: 'critical',
    })
    expect(criteriaOfRpms({ ...named, nvrs: [], product: 'RHEL' })).toHaveProperty(
      'advisory_product_short_name',
      'RHEL',
    )
  })

  it('are those of a module if any RPM is of one', () => {
    expect(criteriaOfRpms({ ...named, nvrs: ['zlib-1-1.el8', MODULAR] })).toHaveProperty(
      'advisory_content_types',
      'module',
    )
  })
})
