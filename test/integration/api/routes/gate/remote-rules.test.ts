/** Decisions over HTTP that depend on rule files (behaviour/greenwave 4; cases A29 to A34). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { policyYaml, test as rule } from '../../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../../support/gate/gate.ts'

const NVR = 'nethack-1.2.3-1.el9000'
const REQUEST = {
  decision_context: 'c',
  product_version: 'fedora-26',
  subject_type: 'koji_build',
  subject_identifier: NVR,
}
const FILE = policyYaml('file', [rule('dist.upgradepath')])

let gate: TestGate
let host: string
beforeAll(async () => {
  gate = await startGate()
  host = new URL(JSON.parse(gate.lab.urls.REMOTE_RULE_POLICIES)['*'].replaceAll(/[{}]/g, '')).origin
})
afterAll(() => gate.stop())
beforeEach(async () => {
  await gate.reset()
  await gate.setPolicies(policyYaml('parent', ['!RemoteRule {}']))
  gate.putBuild(NVR, `git+${host}/rpms/nethack.git#c3c4`)
})

const url = () => `${host}/rpms/nethack/raw/c3c4/f/gating.yaml`
const put = (outcome: string) =>
  gate.putResult('dist.upgradepath', outcome, { item: NVR, type: 'koji_build' })
const decide = async (more: object = {}) => {
  const { status, json } = await gate.decide({ ...REQUEST, ...more })
  expect([status, json.message]).toEqual([200, undefined])
  return json
}
type Requirements = { type: string }[]
const types = (decision: { satisfied_requirements: Requirements; unsatisfied_requirements: Requirements }) =>
  [...decision.satisfied_requirements, ...decision.unsatisfied_requirements].map(({ type }) => type)

describe('a rule file', () => {
  it('A29: demands nothing when it does not exist', async () => {
    expect(await decide()).toMatchObject({ policies_satisfied: true, summary: 'No tests are required' })
    expect(types(await decide())).toEqual([])
  })

  it('A29: may be required', async () => {
    await gate.setPolicies(policyYaml('parent', ['!RemoteRule {required: true}']))
    const decision = await decide()
    expect(decision).toMatchObject({
      policies_satisfied: false,
      summary: '1 error due to missing remote rule file',
    })
    expect(decision.unsatisfied_requirements).toStrictEqual([
      {
        type: 'missing-gating-yaml',
        testcase: 'missing-gating-yaml',
        subject_type: 'koji_build',
        subject_identifier: NVR,
        scenario: null,
        sources: [url()],
      },
    ])
    expect(gate.calls('waiverdb')).toBe(1)
  })

  it('A30: adds its rules', async () => {
    gate.putFile('rpms/nethack', 'c3c4', FILE)
    expect(types(await decide())).toEqual(['fetched-gating-yaml', 'test-result-missing'])
    await put('FAILED')
    expect(types(await decide())).toEqual(['fetched-gating-yaml', 'test-result-failed'])
    await put('PASSED')
    const decision = await decide()
    expect(types(decision)).toEqual(['fetched-gating-yaml', 'test-result-passed'])
    expect(decision.satisfied_requirements).toMatchObject([{ source: url() }, { source: url() }])
  })

  it('A30: is found without a namespace', async () => {
    gate.putBuild('other-1-1', `git+${host}/other.git#c3c4`)
    gate.putFile('other', 'c3c4', FILE)
    const decision = await decide({ subject_identifier: 'other-1-1' })
    expect(decision.satisfied_requirements).toMatchObject([
      { source: `${host}/other/raw/c3c4/f/gating.yaml` },
    ])
  })

  it('A31: of a side tag is elsewhere, and is found without the build system', async () => {
    await gate.setPolicies(
      policyYaml('parent', ['!RemoteRule {required: true}'], { subject_type: 'brew-build-group' }),
    )
    const before = gate.world.kojiCalls.size
    const decision = await decide({ subject_type: 'brew-build-group', subject_identifier: 'sha256:0f41' })
    expect(decision.unsatisfied_requirements).toMatchObject([
      { sources: [`${host}/devops/greenwave-policies/side-tags/raw/master/0f41.yaml`] },
    ])
    expect(gate.world.kojiCalls.size).toBe(before)
  })

  it.each([
    ['no YAML', 'a: b: c'],
    ['sends us on', policyYaml('file', ['!RemoteRule {}'])],
  ])('A32: that is %s is an error until that is waived', async (_what, text) => {
    gate.putFile('rpms/nethack', 'c3c4', text)
    const decision = await decide()
    expect(types(decision)).toEqual(['fetched-gating-yaml', 'invalid-gating-yaml'])
    expect(decision.summary).toBe('1 error due to invalid remote rule file')
    await gate.putWaiver('invalid-gating-yaml', { subject_identifier: NVR })
    expect(types(await decide())).toEqual(['fetched-gating-yaml'])
  })

  it('A33: is searched in one place after another', async () => {
    const sources = ['one', 'two'].map((name) => `${host}/${name}/raw/c3c4/gating.yaml`)
    await gate.setPolicies(
      policyYaml('parent', [`!RemoteRule {sources: [${sources.map((one) => `"${one}"`)}]}`]),
    )
    gate.putFile('two', 'c3c4', FILE)
    const decision = await decide()
    expect(decision.satisfied_requirements).toMatchObject([
      { type: 'fetched-gating-yaml', source: sources[1] },
    ])
    expect(decision.unsatisfied_requirements).toMatchObject([
      { type: 'test-result-missing', source: sources[1] },
    ])
  })

  it('A34: cannot be found without a revision', async () => {
    gate.putBuild('nowhere-1-1', `git+${host}/rpms/nowhere.git`)
    const decision = await decide({ subject_identifier: 'nowhere-1-1' })
    expect(types(decision)).toEqual(['failed-fetch-gating-yaml'])
    expect(decision.unsatisfied_requirements[0].error).toMatch(
      /^Failed to parse SCM URL .*\(missing URL fragment/,
    )
    expect(decision.summary).toBe('1 error while trying to fetch remote rule file')
  })
})
