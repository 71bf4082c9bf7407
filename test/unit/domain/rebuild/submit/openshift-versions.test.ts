/** Case A23: which ranges of OpenShift versions are valid. */
import { describe, expect, it } from 'vitest'
import { isValidVersionRange } from '../../../../../src/domain/rebuild/submit/openshift-versions.ts'

describe('a range of OpenShift versions', () => {
  it.each(['v4.8', '=v4.8', 'v4.7-v4.8', 'v4.5,v4.6', 'v4.6,v4.5', 'v4.5, v4.6'])('may be %s', (range) => {
    expect(isValidVersionRange(range)).toBe(true)
  })

  it.each(['v4.7,v4.8', 'v4.5,v4.6,v4.7', ','])('may not be %s', (range) => {
    expect(isValidVersionRange(range)).toBe(false)
  })
})
