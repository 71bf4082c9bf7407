/** The causes of rebuilds: their texts, and the RPMs that a rebuild must have because of them. */
import { describe, expect, it } from 'vitest'
import { type Cause, causeText, neededRpms, rpmsToFix } from '../../../../../src/domain/rebuild/plan/cause.ts'
import { cause } from '../../../../support/rebuild/planned-images.ts'

const FIXED = ['openssl-1.1.1-3.el8', 'zlib-1-2.el8']
const NAMED: Cause = { branch: 'rhel-8', requested: true }
const BUNDLE = cause({ rpms: [], replaced: [{ original: 'app-1-1', rebuilt: 'app-1-1.2' }] })
const text = (of: Cause, directlyAffected = true) => causeText({ cause: of, directlyAffected })

describe('the text of a cause', () => {
  it.each([
    ['RPMs that lack the fix', cause(), 'openssl-1.1.1-2.el8 is older than openssl-1.1.1-3.el8'],
    [
      'RPMs that are not known',
      cause({ rpms: [] }),
      'the catalogue has no list of its RPMs, or none for an architecture, so it may lack the fix',
    ],
    ['images of a bundle', BUNDLE, 'it refers to app-1-1, rebuilt as app-1-1.2'],
    [
      'the tag that is rebuilt',
      cause({ offer: { registry: 'registry', repository: 'product/app', tag: '8' } }),
      'openssl-1.1.1-2.el8 is older than openssl-1.1.1-3.el8; registry/product/app:8 is rebuilt automatically',
    ],
    [
      'a request',
      cause({ requested: true }),
      'openssl-1.1.1-2.el8 is older than openssl-1.1.1-3.el8; its rebuild was requested',
    ],
  ])('names %s, after the advisory', (_what, of, expected) => {
    expect(text(of)).toBe(`RHSA-2026:1: ${expected}`)
  })

  it('tells images of a requested package from those between them, and names the branch of those that were found', () => {
    expect(text(NAMED)).toBe('its package was requested, from the branch rhel-8')
    expect(text(NAMED, false)).toBe('its package was requested')
    expect(text({ ...NAMED, requested: false })).toBe('it is built on a requested image')
  })
})

describe('the RPMs that a rebuild must have', () => {
  it('are the wanted ones, or all of the advisory for an image whose RPMs are not known', () => {
    expect(neededRpms(cause(), FIXED)).toEqual(['openssl-1.1.1-3.el8'])
    expect(neededRpms(cause({ rpms: [] }), FIXED)).toEqual(FIXED)
  })

  it('are none for bundles and for images that were requested by name', () => {
    expect(neededRpms(BUNDLE, FIXED)).toEqual([])
    expect(neededRpms(NAMED, FIXED)).toEqual([])
  })
})

describe('the names of the RPMs to fix', () => {
  it('are each given once', () => {
    const rpm = { name: 'openssl', installed: 'openssl-1-1', wanted: 'openssl-1-2' }
    const rpms = [rpm, { ...rpm, installed: 'openssl-1-0' }, { ...rpm, name: 'openssl-libs' }]
    expect(rpmsToFix(cause({ rpms }))).toEqual(['openssl', 'openssl-libs'])
  })

  it('are not known without RPMs or without an advisory', () => {
    expect(rpmsToFix(cause({ rpms: [] }))).toBeNull()
    expect(rpmsToFix(NAMED)).toBeNull()
  })
})
