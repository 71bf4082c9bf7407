/** A decision about the past applies the waivers that were in force then (behaviour/greenwave 3.9). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { policiesFrom, policyYaml, test as rule } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

const POLICY = policyYaml('p', [rule('t'), rule('u', 's')])
const at = (second: number, fraction = '000000') =>
  `2021-05-01T00:00:${String(second).padStart(2, '0')}.${fraction}`

/** Waivers replace each other by scenario, for whatever product version they are. */
const waivers = fc.array(
  fc.record({
    testCase: fc.constantFrom('t', 'u'),
    scenario: fc.constantFrom(null, 's'),
    productVersion: fc.constantFrom('fedora-26', 'fedora-27'),
    waived: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
)

it('a decision about the past equals the one that was made then, whatever waivers followed', async () => {
  const lab = await gateLab({ policies: policiesFrom(POLICY) })
  let subjects = 0
  const property = fc.asyncProperty(waivers, fc.boolean(), async (list, verbose) => {
    subjects += 1
    const about = { subjectType: 'koji_build', subjectIdentifier: `package-${subjects}-1-1` }
    const [subject_type, subject_identifier] = Object.values(about)
    const body = { product_version: 'fedora-26', decision_context: 'c', subject_type, subject_identifier }
    const made = []
    for (const [second, waiver] of list.entries()) {
      lab.putWaiver({ ...about, ...waiver, givenAt: at(second) })
      made.push(await lab.decide({ ...body, verbose }))
    }
    const again = list.map((_waiver, second) => lab.decide({ ...body, verbose, when: at(second, '5') }))
    expect(await Promise.all(again)).toEqual(made)
  })
  await fc.assert(property, { numRuns: 40 })
})

it('a decision about the past applies no replaced waiver if one that cannot be read may have revoked it', async () => {
  const lab = await gateLab({ policies: policiesFrom(POLICY) })
  const about = { subjectType: 'koji_build', testCase: 't', productVersion: 'fedora-26' }
  for (const subjectIdentifier of ['a-1-1', 'b-1-1'])
    lab.putWaiver({ ...about, subjectIdentifier, givenAt: at(1) })
  const revoked = lab.putWaiver({ ...about, subjectIdentifier: 'a-1-1', waived: false, givenAt: at(2) })
  Object.assign(revoked, { waived: 'no' })
  const states = async (when?: string) => {
    const subject = ['a-1-1', 'b-1-1'].map((item) => ({ type: 'koji_build', item }))
    const body = { product_version: 'fedora-26', decision_context: 'c', subject, ...(when && { when }) }
    const { satisfied_requirements: met } = await lab.decide(body)
    return met.map(({ subject_identifier }) => subject_identifier)
  }
  expect(await states()).toEqual(['b-1-1'])
  expect(await states(at(3))).toEqual(['b-1-1'])
})
