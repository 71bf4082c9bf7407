/** Checks how waiver filters become requests: unchanged when they are few, by subject when they are many. */
import { describe, expect, it } from 'vitest'
import { filteredBodies, MAX_FILTERS } from '../../../../src/clients/waiverdb/filtered.ts'
import type { WaiverFilter } from '../../../../src/domain/gate/facts/needs.ts'

const NOW = { since: null, obsolete: false }

function filter(subjectIdentifier: string, testCase: string | null): WaiverFilter {
  return { subjectType: 'koji_build', subjectIdentifier, productVersion: 'fedora-26', testCase }
}

function filters(subjects: number, testCases: number): WaiverFilter[] {
  const names = Array.from({ length: testCases }, (_none, n) => `t${n}`)
  return Array.from({ length: subjects }, (_none, n) => names.map((name) => filter(`p${n}-1-1`, name))).flat()
}

function read(bodies: readonly string[]): Record<string, unknown>[] {
  return bodies.flatMap((body) => JSON.parse(body).filters as Record<string, unknown>[]) // written by the code under test
}

describe('waiver filters', () => {
  it('equal those of the original, with a time only for the past', () => {
    const plain = { subject_type: 'koji_build', subject_identifier: 'a-1-1', product_version: 'fedora-26' }
    expect(read(filteredBodies([filter('a-1-1', 't1'), filter('a-1-1', null)], NOW))).toEqual([
      { ...plain, testcase: 't1' },
      plain,
    ])
    expect(read(filteredBodies([filter('a-1-1', 't1')], { since: 'x,y', obsolete: false }))).toEqual([
      { ...plain, testcase: 't1', since: 'x,y' },
    ])
  })

  it('for replaced waivers too leave out the product version, for any of which a waiver is replaced', () => {
    const [body = ''] = filteredBodies([filter('a-1-1', 't1')], { since: 'x,y', obsolete: true })
    expect(JSON.parse(body)).toEqual({
      filters: [{ subject_type: 'koji_build', subject_identifier: 'a-1-1', testcase: 't1', since: 'x,y' }],
      include_obsolete: true,
    })
  })

  it('that fit into one request name every test case', () => {
    const bodies = filteredBodies(filters(100, 10), NOW)
    expect(bodies).toHaveLength(1)
    expect(read(bodies)).toHaveLength(1000)
  })

  it('that do not fit fetch all test cases of a subject by one filter', () => {
    const bodies = filteredBodies([...filters(10_000, 10), filter('single-1-1', 't1')], NOW)
    expect(bodies).toHaveLength(11)
    for (const body of bodies) expect(read([body]).length).toBeLessThanOrEqual(MAX_FILTERS)
    const found = read(bodies)
    expect(found).toHaveLength(10_001)
    expect(found[0]).not.toHaveProperty('testcase')
    expect(found.at(-1)).toMatchObject({ subject_identifier: 'single-1-1', testcase: 't1' })
  })

  it('that differ in anything but the test case are not merged', () => {
    const ofOtherVersion = { ...filter('p0-1-1', 't0'), productVersion: 'fedora-27' }
    expect(read(filteredBodies([...filters(101, 10), ofOtherVersion], NOW))).toContainEqual({
      subject_type: 'koji_build',
      subject_identifier: 'p0-1-1',
      product_version: 'fedora-27',
      testcase: 't0',
    })
  })
})
