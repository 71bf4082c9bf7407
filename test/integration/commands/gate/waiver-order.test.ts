/** Waivers that are fetched in several queries are shown and applied as one query would give them (behaviour/greenwave 3.9). */
import { expect, it } from 'vitest'
import { MAX_FILTERS } from '../../../../src/clients/waiverdb/filtered.ts'
import { policiesFrom, policyYaml, test as rule } from '../../../support/gate/builders.ts'
import { gateLab } from '../../../support/gate/lab.ts'

it('a verbose answer has the waivers of all its subjects newest first, and the first that fits is applied', async () => {
  const lab = await gateLab({ policies: policiesFrom(policyYaml('p', [rule('t')])) })
  const names = Array.from({ length: MAX_FILTERS + 100 }, (_none, n) => `package-${n}-1-1`)
  // Of each subject one waiver is for all scenarios and one for its own: the older one may have the higher id, or the same time.
  const waived = names.filter((_name, n) => n % 50 === 0)
  for (const [n, name] of waived.entries()) {
    lab.putResult({
      testCase: 't',
      outcome: 'FAILED',
      data: { item: [name], type: ['koji_build'], scenario: ['s'] },
    })
    for (const [index, scenario] of [null, 's'].entries()) {
      const givenAt = `2021-05-01T00:00:${String((n * 7 + index * 11) % 13).padStart(2, '0')}.000000`
      const about = {
        subjectType: 'koji_build',
        subjectIdentifier: name,
        testCase: 't',
        productVersion: 'fedora-26',
      }
      lab.putWaiver({ ...about, scenario, givenAt })
    }
  }
  const subject = names.map((item) => ({ type: 'koji_build', item }))
  const body = { product_version: 'fedora-26', decision_context: 'c', subject, verbose: true }
  const decision = await lab.decide(body)
  expect(lab.calls('waiverdb')).toBe(2)

  const filters = names.map((name) => ({
    subject_type: 'koji_build',
    subject_identifier: name,
    product_version: 'fedora-26',
  }))
  const unsplit = await fetch(`${lab.urls.WAIVERDB_API_URL}/waivers/+filtered`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ filters }),
  })
  const { data } = (await unsplit.json()) as { data: { id: number; subject_identifier: string }[] } // the lab's own form
  expect(decision.waivers).toEqual(data)
  const applied = decision.satisfied_requirements.map((requirement) => requirement.waiver_id)
  expect(applied).toEqual(waived.map((name) => data.find((waiver) => waiver.subject_identifier === name)?.id))
  expect(new Set(applied.map((id) => Number(id) % 2)).size).toBe(2) // else the ids alone would give this order
})
