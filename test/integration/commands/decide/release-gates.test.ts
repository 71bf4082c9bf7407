/** Messages about rebuilt images keep the decisions at release gates current, and publish nothing more for them (decision 0039). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Gate } from '../../../../src/commands/gate/open-gate.ts'
import { interpretMessage } from '../../../../src/commands/intake/interpret-message.ts'
import { currentReleaseDecisions } from '../../../../src/db/queries/decisions/release-decisions.ts'
import { readReleaseDecision } from '../../../../src/domain/gate/release/release-state.ts'
import { NEWS_SERVICES } from '../../../../src/domain/message.ts'
import { labelled } from '../../../../src/lib/metrics/counters.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { readCounter } from '../../../support/bus/ingest.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { type MessageGate, startMessageGate } from '../../../support/gate/message-gate.ts'

const NVR = 'httpd-container-2.4-1.1700000000.fc26'
/** A gate that the messages lead to anyway, one of another version, one without a policy, and the first under an alias. */
const GATES = [
  { decision_context: 'c1', product_version: 'fedora-26', subject_type: 'koji_build' },
  { decision_context: 'release', product_version: 'rhel-9', subject_type: 'koji_build' },
  { decision_context: 'nowhere', product_version: 'rhel-9', subject_type: 'koji_build' },
  { decision_context: 'c1', product_version: 'fedora-26', subject_type: 'brew-build' },
]
const RELEASE = { decision_context: 'release', product_versions: '[rhel-9]' }
const POLICIES = [
  policyYaml('one', [test('t1')], { decision_context: 'c1' }),
  policyYaml('release', [test('t1'), test('t2')], RELEASE),
].join('')

let world: MessageGate
beforeAll(async () => {
  world = await startMessageGate({ file: 'request_attempts: 1' })
})
afterAll(() => world.stop())
beforeEach(() => begin(GATES))

async function begin(gates: typeof GATES): Promise<void> {
  await world.reset()
  await world.setPolicies(POLICIES)
  world.ctx.settings.file.release_gates = gates
}

const rebuilt = async () =>
  makeBuild(world.ctx, await makeEvent(world.ctx), { state: 'BUILD', rebuiltNvr: NVR })
const putResult = (testCase: string, outcome: string) =>
  world.putResult(testCase, outcome, { item: NVR, type: 'koji_build' })

/** Receives what the lab has published, and decides on its subject. */
async function deliverAndDecide(): Promise<void> {
  await world.deliverAll()
  await world.decideNext()
}

async function stored(type = 'koji_build'): Promise<Record<string, string | undefined>> {
  const rows = await currentReleaseDecisions(
    world.ctx.db.fork(),
    [{ type, identifier: NVR }],
    world.gate.judgedBy(),
  )
  return Object.fromEntries(
    rows.map((row) => [row.decisionContext, readReleaseDecision(row.decision)?.state]),
  )
}
const published = async () =>
  (await world.rows<{ payload: { msg: object } }>('select payload from outbox order by id')).map(
    ({ payload: { msg } }) => JSON.stringify(msg).replaceAll(/"(result_|waiver_)?id":\d+/g, ''),
  )

describe('a message about a rebuilt image', () => {
  it('leads to the decisions at all release gates with a policy, also those it would not lead to otherwise', async () => {
    await rebuilt()
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    expect(await stored()).toEqual({ c1: 'may go out', release: 'waiting for tests' })
    await putResult('t2', 'FAILED')
    await world.deliverAll()
    expect(await stored()).toEqual({}) // until the message that waits is decided
    await world.decideNext()
    expect(await stored()).toEqual({ c1: 'may go out', release: 'failed' })
    await world.putWaiver('t2', { subject_identifier: NVR, product_version: 'rhel-9' })
    await deliverAndDecide()
    expect(await stored()).toEqual({ c1: 'may go out', release: 'waived' })
  })

  it('leaves nothing that counts as current when the policies change', async () => {
    await rebuilt()
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    await world.setPolicies(POLICIES.replace('t2', 't3'))
    expect(await stored()).toEqual({})
  })

  it('ends as failed when its stored meaning cannot be read, and leaves no decision that counts as current', async () => {
    await rebuilt()
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    await putResult('t1', 'FAILED')
    await world.deliverAll()
    await world.rows(`update inbox set meaning = '{"kind": "of another version"}' where state = 'new'`)
    const counter = labelled('messaging_rx_failed', { handler: NEWS_SERVICES['result-new'] })
    const failed = await readCounter(world.ctx, counter)
    await world.decideNext()
    expect(await stored()).toEqual({})
    expect(await readCounter(world.ctx, counter)).toBe(failed + 1)
    const ended = "select state, reason from inbox where meaning ->> 'kind' = 'of another version'"
    const reason = 'The stored meaning cannot be read.'
    expect(await world.rows(ended)).toEqual([{ state: 'failed', reason }])
  })

  it('publishes what it would without release gates, whatever the order of messages', async () => {
    const run = async (gates: typeof GATES) => {
      await begin(gates)
      await rebuilt()
      await putResult('t1', 'PASSED')
      await putResult('other', 'PASSED')
      await putResult('t1', 'FAILED')
      // The first to arrive is about a test that no policy names, when the results of the others are stored already.
      const [first, ...rest] = world.messages.splice(0).toReversed()
      for (const message of [...rest, first]) {
        if (message) world.messages.push(message)
        await world.deliverAll()
        await world.decideNext()
      }
      await putResult('t2', 'PASSED') // changes the decision at a release gate alone
      await world.putWaiver('t1', { subject_identifier: NVR })
      for (const message of world.messages.splice(0)) {
        world.messages.push(message)
        await world.deliverAll()
        await world.decideNext()
      }
      return published()
    }
    const without = await run([])
    expect(without.length).toBeGreaterThan(1)
    expect(await run(GATES)).toEqual(without)
  })

  it('ends although a decision at a release gate alone cannot be made, which is then forgotten', async () => {
    await rebuilt()
    world.ctx.settings.file.release_gates = GATES.slice(1, 2)
    await putResult('t2', 'PASSED')
    await deliverAndDecide()
    expect(await stored()).toEqual({ release: 'waiting for tests' })
    await putResult('t2', 'FAILED')
    await world.deliverAll()
    world.world.faults.push({ service: 'resultsdb', kind: 'status' })
    await world.decideNext()
    const states = await world.rows("select 1 from inbox where state <> 'done'")
    expect([states, await stored()]).toEqual([[], {}])
  })

  it('counts no failure for a decision that is impossible at a release gate alone', async () => {
    await rebuilt()
    const since = test('t1', 'valid_since: 2021-01-01') // Koji has no such build, so the time of it is not known
    await world.setPolicies(policyYaml('since', [since], RELEASE))
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    const labels = { decision_context: 'release', handler: 'resultsdb' }
    expect(await readCounter(world.ctx, labelled('decision_failed', labels))).toBe(0)
    expect(await stored()).toEqual({})
    expect(await world.rows("select 1 from inbox where state <> 'done'")).toEqual([])
  })

  it('stores no decision that lacks the answer of a service, which may change without a message', async () => {
    await rebuilt()
    await world.setPolicies(policyYaml('remote', ['!RemoteRule {required: true}'], RELEASE))
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    expect(await world.rows('select 1 from release_decisions')).toEqual([])
  })

  it.each([
    ['of a commit', 'c'.repeat(40), { c1: 'may go out', release: 'may go out' }],
    ['on a branch, which may change without a message', 'main', {}],
  ])('stores decisions by a rule file %s', async (_where, revision, states) => {
    await rebuilt()
    world.putBuild(NVR, `git+https://git.example.com/containers/httpd.git#${revision}`)
    world.putFile('containers/httpd', revision, policyYaml('r', [test('t1')], RELEASE))
    const remote = { decision_context: 'release', product_versions: '[rhel-9]' }
    await world.setPolicies(
      policyYaml('one', ['!RemoteRule {}'], { decision_context: 'c1' }) +
        policyYaml('remote', ['!RemoteRule {}'], remote),
    )
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    expect(await stored()).toEqual(states)
  })

  it('stores no decision without the rule file of a commit, which may only have been invisible for a moment', async () => {
    await rebuilt()
    world.putBuild(NVR, `git+https://git.example.com/containers/httpd.git#${'c'.repeat(40)}`)
    await world.setPolicies(policyYaml('remote', [test('t1'), '!RemoteRule {}'], RELEASE))
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    expect(await world.rows("select 1 from inbox where state <> 'done'")).toEqual([])
    expect(await world.rows('select 1 from release_decisions')).toEqual([])
  })

  it('leaves nothing that counts as current when it is given up', async () => {
    await rebuilt()
    await putResult('t1', 'PASSED')
    await deliverAndDecide()
    await putResult('t1', 'FAILED')
    await world.deliverAll()
    world.world.faults.push({ service: 'resultsdb', kind: 'status' })
    const patience = world.ctx.settings.file.trouble_patience_s
    world.ctx.settings.file.trouble_patience_s = 0
    await world.decideNext({ isLast: true })
    world.ctx.settings.file.trouble_patience_s = patience
    const failed = await world.rows("select 1 from inbox where state = 'failed'")
    expect([failed.length, await stored()]).toEqual([1, {}])
  })
})

describe('what a message names has no decision that counts as current', () => {
  const IMAGE = 'redhat-container-image'
  beforeEach(async () => {
    world.ctx.settings.file.release_gates = [
      { decision_context: 'c1', product_version: 'rhel-8', subject_type: IMAGE },
    ]
    const of = { decision_context: 'c1', product_versions: '[rhel-8]', subject_type: IMAGE }
    await world.setPolicies(policyYaml('one', [test('t1')], of))
    await rebuilt()
    await world.putResult('t1', 'PASSED', { nvr: NVR, type: IMAGE })
    await deliverAndDecide()
    expect(await stored(IMAGE)).toEqual({ c1: 'may go out' })
  })

  it.each([
    ['by its other form', 'FAILED', { item: NVR, type: 'koji_build' }, { c1: 'failed' }], // decided again
    ['while the test runs again', 'RUNNING', { nvr: NVR, type: IMAGE }, {}],
    ['among other images', 'FAILED', { nvr: [NVR, 'other-1-1'], type: IMAGE }, {}],
    ['with several types', 'FAILED', { item: NVR, type: ['koji_build', 'x'] }, {}],
  ])('an image %s', async (_how, outcome, data, current) => {
    await world.putResult('t1', outcome, data)
    await deliverAndDecide()
    expect(await world.rows("select 1 from inbox where state = 'new'")).toEqual([])
    expect(await stored(IMAGE)).toEqual(current)
  })

  it.each([
    ['result', 'resultsdb.result.new', { testcase: { name: 't1' }, data: { nvr: [NVR], type: [IMAGE] } }],
    ['waiver', 'waiverdb.waiver.new', { subject_type: IMAGE, subject_identifier: NVR }],
  ])('an image in a %s that cannot be read as a whole', async (_what, topic, body) => {
    world.messages.push({ topic, body: JSON.stringify(body) })
    await world.deliverAll()
    expect(await world.rows("select 1 from inbox where state = 'failed'")).toHaveLength(1)
    expect(await stored(IMAGE)).toEqual({})
  })

  it('an image about which a decision is just being made', async () => {
    await world.putResult('t1', 'PASSED', { nvr: NVR, type: IMAGE })
    await world.deliverAll()
    const slow = {
      ...world.gate,
      gather: async (...given: Parameters<Gate['gather']>) => {
        const facts = await world.gate.gather(...given)
        await world.putResult('t1', 'FAILED', { item: NVR, type: 'koji_build' })
        await world.deliverAll()
        return facts
      },
    }
    await world.decideNext({ by: slow })
    expect(await stored(IMAGE)).toEqual({})
    const [{ states } = { states: [] }] = await world.rows<{ states: string[] }>(
      "select array_agg(distinct state) as states from inbox where meaning ->> 'outcome' = 'PASSED'",
    )
    expect(states).toEqual(['done']) // the decision on the message itself is stored nevertheless
  })

  it('an image that a message names which is read again', async () => {
    await world.putResult('t1', 'RUNNING', { nvr: NVR, type: IMAGE })
    await world.deliverAll()
    await world.putResult('t1', 'PASSED', { nvr: NVR, type: IMAGE })
    await deliverAndDecide()
    expect(await stored(IMAGE)).toEqual({ c1: 'may go out' })
    const [row] = await world.rows<{ id: string }>(
      "update inbox set state = 'new' where state = 'ignored' returning id",
    )
    await interpretMessage(world.ctx, Number(row?.id)).catch(() => undefined)
    expect(await stored(IMAGE)).toEqual({})
  })
})

it('a message about an image that was not rebuilt here makes none', async () => {
  await putResult('t1', 'PASSED')
  await world.deliverAll()
  await world.decideNext()
  expect(await world.rows('select 1 from release_decisions')).toEqual([])
  expect(await world.rows('select 1 from decisions')).toHaveLength(1)
})
