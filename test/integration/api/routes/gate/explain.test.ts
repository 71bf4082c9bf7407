/** Explanations over HTTP: of decisions, and of requests for which none can be made (behaviour/greenwave 3.13). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitFile } from '../../../../../lab/services/distgit/state.ts'
import { NVR, policyYaml, test as rule } from '../../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../../support/gate/gate.ts'

const REQUEST = {
  ...{ decision_context: 'c', product_version: 'fedora-26' },
  ...{ subject_type: 'koji_build', subject_identifier: NVR },
}
const POLICIES =
  policyYaml('parent', ['!RemoteRule {}']) +
  policyYaml('excluding', [], { excluded_packages: '[glibc]' }) +
  policyYaml('elsewhere', [], { decision_context: 'd' })

let gate: TestGate
let host: string
beforeAll(async () => {
  gate = await startGate({ file: 'request_attempts: 1' })
  host = new URL(JSON.parse(gate.lab.urls.REMOTE_RULE_POLICIES)['*'].replaceAll(/[{}]/g, '')).origin
})
afterAll(() => gate.stop())
beforeEach(async () => {
  await gate.reset()
  await gate.setPolicies(POLICIES)
  gate.putBuild(NVR, `git+${host}/rpms/glibc.git#c3c4`)
})

const applied = { applied: true, condition: null, because: null }
const ofServer = [
  { policy: 'parent', file: 'policies.yaml', line: 1, ...applied },
  {
    ...{ policy: 'excluding', file: 'policies.yaml', line: 7, applied: true },
    ...{ condition: 'excluded package', because: 'glibc is one of its excluded packages' },
  },
  {
    ...{ policy: 'elsewhere', file: 'policies.yaml', line: 14, applied: false },
    ...{ condition: 'decision context', because: 'it applies to d, not to c' },
  },
]
const subject = { subject_type: 'koji_build', subject_identifier: NVR }

describe('the explanation of a decision', () => {
  it('has every policy with its place, and the rule file with its own', async () => {
    gate.putFile('rpms/glibc', 'c3c4', policyYaml('mine', [rule('t')]))
    const { status, json } = await gate.decide({ ...REQUEST, explain: true })
    const url = `${host}/rpms/glibc/raw/c3c4/f/gating.yaml`
    const policies = [{ policy: 'mine', file: url, line: 1, ...applied }]
    const files = [{ url, outcome: 'read', because: null, policies }]
    expect(status).toBe(200)
    expect(json.explanation).toStrictEqual({
      complete: true,
      subjects: [{ ...subject, policies: ofServer, files }],
    })
    expect(json.applicable_policies).toEqual(['parent', 'excluding'])
  })

  it('is all that distinguishes the answer from one without it', async () => {
    for (const verbose of [false, true]) {
      const plain = await gate.decide({ ...REQUEST, verbose })
      const { explanation, ...rest } = (await gate.decide({ ...REQUEST, verbose, explain: true })).json
      expect(explanation).toBeDefined()
      expect(JSON.stringify(rest)).toBe(plain.text)
      expect((await gate.decide({ ...REQUEST, verbose, explain: false })).text).toBe(plain.text)
    }
  })

  it('costs no further request to any service', async () => {
    const costs = async (more: object) => {
      const before = [...gate.world.requests.values()].reduce((sum, count) => sum + count, 0)
      await gate.decide({ ...REQUEST, ...more })
      return [...gate.world.requests.values()].reduce((sum, count) => sum + count, 0) - before
    }
    expect(await costs({ explain: true })).toBe(await costs({}))
  })
})

describe('the explanation of a request without a decision', () => {
  it('has why no policy applies', async () => {
    const { status, json } = await gate.decide({ ...REQUEST, decision_context: 'e', explain: true })
    expect([status, json.message]).toEqual([404, expect.stringMatching(/^Found no applicable policies/)])
    const [only] = json.explanation.subjects
    expect(only.policies.map(({ condition }: { condition: string }) => condition)).toEqual(
      ofServer.map(() => 'decision context'),
    )
    const without = await gate.decide({ ...REQUEST, decision_context: 'e' })
    expect(Object.keys(without.json)).toEqual(['message'])
  })

  it('has the cause, which is the whole explanation of a request without `explain`', async () => {
    gate.world.faults.push({ service: 'koji', kind: 'reset' })
    const plain = await gate.decide(REQUEST)
    const { status, json } = await gate.decide({ ...REQUEST, explain: true })
    const message = 'Unexpected error while fetching remote policies'
    expect([plain.status, plain.json.message, plain.json.explanation]).toEqual([
      ...[502, message, expect.stringContaining('Could not reach Koji')],
    ])
    expect([status, json.message]).toEqual([502, message])
    const cause = expect.stringContaining('Could not reach Koji')
    expect(json.explanation).toMatchObject({
      complete: true,
      cause,
      subjects: [{ ...subject, policies: ofServer }],
    })
  })

  it('has the rule files that were read in the round in which a service failed', async () => {
    await gate.setPolicies(
      policyYaml('side', ['!RemoteRule {}', rule('t')], { subject_type: 'brew-build-group' }),
    )
    commitFile(gate.world.distGit, {
      repository: 'devops/greenwave-policies/side-tags',
      branch: 'master',
      path: '0f41.yaml',
      text: policyYaml('mine', [rule('t')], { subject_type: 'brew-build-group' }),
    })
    gate.world.faults.push({ service: 'resultsdb', kind: 'status', status: 500 })
    const group = { subject_type: 'brew-build-group', subject_identifier: 'sha256:0f41' }
    const { status, json } = await gate.decide({ ...REQUEST, ...group, explain: true })
    const [only] = json.explanation.subjects
    expect([status, json.explanation.complete]).toEqual([502, true])
    expect(only.files).toMatchObject([{ outcome: 'read', policies: [{ policy: 'mine' }] }])
  })

  it('is only a refusal where the request itself is not valid', async () => {
    const { status, json } = await gate.decide({ ...REQUEST, explain: 'yes' })
    expect([status, json]).toEqual([400, { message: 'Invalid explain flag, must be a bool' }])
    const empty = await gate.decide({ ...REQUEST, product_version: '', explain: true })
    expect([empty.status, Object.keys(empty.json)]).toEqual([400, ['message']])
  })
})

describe('a request that names a build as Bodhi does', () => {
  it('answers for each name, in the order named', async () => {
    await gate.setPolicies(policyYaml('p', [rule('t')]))
    await gate.putResult('t', 'FAILED', { item: NVR, type: 'koji_build' })
    const named = [
      { item: NVR, type: 'koji_build' },
      { original_spec_nvr: NVR },
      { item: 'a-1-1', type: 'brew-build' },
    ]
    const { product_version, decision_context } = REQUEST
    const { json } = await gate.decide({ product_version, decision_context, subject: named, verbose: true })
    expect(json.summary).toBe('Of 3 required tests, 1 result missing, 2 tests failed')
    const answers = json.unsatisfied_requirements.map(
      ({ type, subject_identifier }: Record<string, string>) => [type, subject_identifier],
    )
    const failed = ['test-result-failed', NVR]
    expect(answers).toEqual([failed, failed, ['test-result-missing', 'a-1-1']])
    expect(json.applicable_policies).toEqual(['p', 'p', 'p'])
    expect(json.results).toHaveLength(1)
  })
})
