/** One odd member in a result or waiver: decisions about other subjects stay the same, and no odd one is satisfied by it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../../../../lab/fault-rule.ts'
import { addResult } from '../../../../../lab/services/resultsdb/state.ts'
import { addWaiver } from '../../../../../lab/services/waiverdb/state.ts'
import { policyYaml, test } from '../../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../../support/gate/gate.ts'
import { HUGE_TEXT, memberAt, ODD_VALUES, pathsIn, replaced } from '../../../../support/lab/mutants.ts'

const [ODD, OTHER, WAIVED] = ['odd-1-1', 'other-1-1', 'waived-1-1']
let gate: TestGate

beforeAll(async () => {
  gate = await startGate()
  await gate.setPolicies(policyYaml('p', [test('a'), test('b')]))
  const at = '2021-05-01T00:00:00.000001'
  const put = (nvr: string, testCase: string, outcome: string, arch: string) =>
    addResult(gate.world.resultsDb, {
      testCase,
      outcome,
      submittedAt: at,
      data: { item: [nvr], type: ['koji_build'], system_architecture: [arch] },
    })
  for (const nvr of [ODD, OTHER, WAIVED]) {
    put(nvr, 'a', 'PASSED', 'x86_64')
    put(nvr, 'b', 'PASSED', 'x86_64')
  }
  put(ODD, 'a', 'FAILED', 'aarch64')
  put(WAIVED, 'a', 'FAILED', 'aarch64')
  const subject = { subjectType: 'koji_build', subjectIdentifier: WAIVED, productVersion: 'fedora-26' }
  addWaiver(gate.world.waiverDb, { ...subject, testCase: 'a', givenAt: at })
})
afterAll(() => gate.stop())

const ask = (nvrs: readonly string[], verbose: boolean) =>
  gate.decide({
    decision_context: 'c',
    product_version: 'fedora-26',
    subject: nvrs.map((item) => ({ item, type: 'koji_build' })),
    verbose,
  })

/** Replaces a member of the record that `isOdd`; returns its path once it was replaced. */
function mutate(service: Service, isOdd: (record: unknown) => boolean, choice: number, value: unknown) {
  const seen = { path: '' }
  gate.world.mutate = (from, _operation, json) => {
    const records = memberAt(json, ['data'])
    const index = from === service && Array.isArray(records) ? records.findIndex(isOdd) : -1
    if (index < 0) return json
    const paths = pathsIn(memberAt(json, ['data', index]), ['data', index])
    const path = paths[choice % paths.length] ?? ['data', index]
    seen.path = path.slice(2).join('.')
    return replaced(json, path, value)
  }
  return seen
}

const isFailedOdd = (record: unknown) =>
  /odd-1-1/.test(JSON.stringify(record)) && /FAILED/.test(JSON.stringify(record))
const isWaiver = (record: unknown) => /waived-1-1/.test(JSON.stringify(record))

describe('a failed result with an odd member', () => {
  it.each([...ODD_VALUES, HUGE_TEXT].map((value) => [JSON.stringify(value)?.slice(0, 40), value]))(
    '(%s) never makes its subject satisfied, and changes nothing for others',
    async (_title, value) => {
      for (let choice = 0; choice < 24; choice += 1) {
        const seen = mutate('resultsdb', isFailedOdd, choice, value)
        const odd = await ask([ODD], choice % 2 === 0)
        const place = seen.path
        expect(odd.status, place).toBe(200)
        const all = await ask([OTHER, ODD, WAIVED], false)
        expect(all.status, place).toBe(200)
        const unmet: { subject_identifier: string }[] = all.json.unsatisfied_requirements
        if (!/^(data)?$/.test(place))
          expect(
            unmet.filter((one) => one.subject_identifier !== ODD),
            place,
          ).toEqual([])
        if (isCertainlyOdd(place, value))
          expect([odd.json.policies_satisfied, all.json.policies_satisfied], place).toEqual([false, false])
      }
    },
  )
})

it.each([true, false])(
  'a result without an id that both queries of its subject find counts once (verbose: %s)',
  async (verbose) => {
    const data = { item: ['twice-1-1'], original_spec_nvr: ['twice-1-1'], type: ['koji_build'] }
    const submittedAt = '2021-05-01T00:00:00.000001'
    addResult(gate.world.resultsDb, { testCase: 'a', outcome: 'PASSED', submittedAt, data })
    const records = (json: unknown) => memberAt(json, ['data'])
    gate.world.mutate = (from, _operation, json) =>
      from === 'resultsdb' && Array.isArray(records(json)) && (records(json) as unknown[]).length > 0
        ? replaced(json, ['data', 0, 'id'], 'x')
        : json
    const { json } = await ask(['twice-1-1'], verbose)
    expect(json.summary).toBe('Of 2 required tests, 1 result missing, 1 test errored')
  },
)

/** A text or a missing member may be well-formed and mean something else; so may any simple value in the data. */
function isCertainlyOdd(place: string, value: unknown): boolean {
  return typeof value === 'number' && !/^data\.(item|type)/.test(place)
}

describe('a waiver with an odd member', () => {
  it.each([...ODD_VALUES, HUGE_TEXT].map((value) => [JSON.stringify(value)?.slice(0, 40), value]))(
    '(%s) changes nothing for other subjects',
    async (_title, value) => {
      for (let choice = 0; choice < 16; choice += 1) {
        mutate('waiverdb', isWaiver, choice, value)
        const waived = await ask([WAIVED], choice % 2 === 0)
        expect(waived.status).toBe(200)
        const unmet: { subject_identifier: string }[] = (await ask([OTHER, WAIVED], false)).json
          .unsatisfied_requirements
        expect(unmet.filter((one) => one.subject_identifier !== WAIVED)).toEqual([])
      }
    },
  )
})
