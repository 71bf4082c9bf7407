/** Results and waivers on the bus publish what they change of decisions (behaviour/greenwave 10, A39 to A42), on each broker. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BROKERS, type TestBroker } from '../support/bus/bus.ts'
import { CRITICAL, NO_TRIPLET } from '../support/gate/builders.ts'
import { startDecisionWorld } from '../support/gate/decision-world.ts'

const FC26 = 'glibc-1.0-1.fc26'
const build = (nvr: string) => ({ item: nvr, type: 'koji_build' })
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const RESULT_TOPIC = 'VirtualTopic.eng.resultsdb.result.new'

describe.each(BROKERS)('on $name', ({ open }) => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await open()
  })
  afterAll(() => broker.stop())

  it('A39: a result publishes each decision that it changes, with the one before', async () => {
    const world = await startDecisionWorld(broker)
    const { id } = await world.putResult('dist.rpmdeplint', 'PASSED', build(FC26))
    await world.settled()
    const about = { subject_type: 'koji_build', subject_identifier: FC26, product_version: 'fedora-26' }
    const updates = world.updates()
    expect(updates).toHaveLength(2)
    const [stable, testing] = updates
    const passed = {
      type: 'test-result-passed',
      testcase: 'dist.rpmdeplint',
      result_id: id,
      subject_type: 'koji_build',
      subject_identifier: FC26,
      source: null,
      ...NO_TRIPLET,
    }
    expect(stable?.msg).toMatchObject({
      ...about,
      decision_context: 'bodhi_update_push_stable',
      policies_satisfied: false,
      summary: 'Of 3 required tests, 2 results missing',
      satisfied_requirements: [passed],
      subject: [{ item: FC26, type: 'koji_build' }],
      applicable_policies: [
        'taskotron_release_critical_tasks_with_blocklist',
        'taskotron_release_critical_tasks',
      ],
      previous: { policies_satisfied: false, summary: 'Of 3 required tests, 3 results missing' },
    })
    expect(testing?.msg).toMatchObject({
      ...about,
      decision_context: 'bodhi_update_push_testing',
      policies_satisfied: true,
      summary: 'All required tests (1 total) have passed or been waived',
      previous: { policies_satisfied: false, summary: 'Of 1 required test, 1 result missing' },
    })
    expect(Object.keys(stable?.msg).sort()).toEqual([
      'applicable_policies',
      'decision_context',
      'policies_satisfied',
      'previous',
      'product_version',
      'satisfied_requirements',
      'subject',
      'subject_identifier',
      'subject_type',
      'summary',
      'unsatisfied_requirements',
    ])
    expect(stable?.topic).toBe(world.destination)
    expect(testing?.properties).toEqual({
      ...about,
      decision_context: 'bodhi_update_push_testing',
      policies_satisfied: 'true',
      summary: 'All required tests (1 total) have passed or been waived',
    })
  })

  it('A40: a result that changes nothing, or whose test has not ended, publishes nothing', async () => {
    const world = await startDecisionWorld(broker)
    await world.putResult('dist.rpmdeplint', 'PASSED', build(FC26))
    await world.settled()
    const published = world.updates().length
    await world.putResult('dist.rpmdeplint', 'PASSED', build(FC26))
    await world.settled()
    expect(world.updates()).toHaveLength(published)
    const asked = world.calls('resultsdb')
    await world.putResult('dist.abicheck', 'RUNNING', build(FC26))
    await world.putResult('dist.abicheck', 'QUEUED', build(FC26))
    await world.settled()
    expect(world.updates()).toHaveLength(published)
    // Only the two posts of this test: the messages caused no query.
    expect(world.calls('resultsdb')).toBe(asked + 2)
    expect((await world.inbox()).map(({ state }) => state)).toEqual(['done', 'done', 'ignored', 'ignored'])
  })

  it('A41: a subject is found by every form of data, and a message without one is ignored', async () => {
    const world = await startDecisionWorld(broker)
    const body = (data: object, outcome = 'PASSED') => ({
      id: 1,
      outcome,
      testcase: { name: 'dist.rpmdeplint' },
      submit_time: '2026-11-28T01:02:03.000004',
      data,
    })
    world.send(RESULT_TOPIC, body({ original_spec_nvr: [''] }))
    await world.settled()
    expect((await world.inbox()).map(({ state }) => state)).toEqual(['ignored'])
    const nvr = 'glibc-1.0-3.fc26'
    await world.putResult('dist.rpmdeplint', 'PASSED', { type: 'brew-build', item: [nvr] })
    await world.settled()
    expect(world.updates()).toHaveLength(2)
    expect(world.updates()[0]?.msg).toMatchObject({
      subject_type: 'koji_build',
      subject_identifier: nvr,
      subject: [{ type: 'koji_build', item: nvr }],
    })
  })

  it.each(['koji_build', 'brew-build'])(
    'A42: a waiver of a %s publishes the decision that it changes, with its test case',
    async (subjectType) => {
      const world = await startDecisionWorld(broker)
      const nvr = 'glibc-1.0-1.el7'
      const results = await Promise.all(
        CRITICAL.map((name) => world.putResult(name, name === 'dist.abicheck' ? 'FAILED' : 'PASSED')),
      )
      await world.settled()
      expect(world.updates()).toEqual([])
      const waiver = await world.putWaiver('dist.abicheck', { subject_type: subjectType })
      await world.settled()
      const [update, ...more] = world.updates()
      expect(more).toEqual([])
      expect(update?.msg).toMatchObject({
        policies_satisfied: true,
        decision_context: 'bodhi_update_push_stable',
        product_version: 'fedora-26',
        subject_type: 'koji_build',
        subject_identifier: nvr,
        testcase: 'dist.abicheck',
        satisfied_requirements: [
          { type: 'test-result-failed-waived', waiver_id: waiver.id, result_id: results[0]?.id },
          { type: 'test-result-passed', testcase: 'dist.rpmdeplint' },
          { type: 'test-result-passed', testcase: 'dist.upgradepath' },
        ],
        previous: { policies_satisfied: false, summary: 'Of 3 required tests, 1 test failed' },
      })
    },
  )

  it.each([
    { results: 'resultsdb', envelope: 'fedmsg' },
    { results: 'resultsdb', envelope: 'umb' },
    { results: 'taskotron', envelope: 'none' },
    { results: 'taskotron', envelope: 'fedmsg' },
  ] as const)('reads results as $results wrote them in the envelope $envelope', async (format) => {
    const world = await startDecisionWorld(broker)
    Object.assign(world.lab.world.bus.format, format)
    await world.putResult('dist.rpmdeplint', 'PASSED', build(FC26))
    await world.settled()
    expect(world.updates().map(({ msg }) => msg.decision_context)).toEqual([
      'bodhi_update_push_stable',
      'bodhi_update_push_testing',
    ])
    await world.putWaiver('dist.abicheck', { subject_identifier: FC26 })
    await world.settled()
    expect(world.updates().at(-1)?.msg).toMatchObject({ testcase: 'dist.abicheck' })
  })

  it('passes the trace context on', async () => {
    const world = await startDecisionWorld(broker)
    world.lab.world.bus.silent = true
    const result = await world.putResult('dist.rpmdeplint', 'PASSED', build(FC26))
    world.send(RESULT_TOPIC, { ...result, traceparent: TRACE, tracestate: 'vendor=1' })
    await world.settled()
    expect(world.updates()[0]?.msg).toMatchObject({ traceparent: TRACE, tracestate: 'vendor=1' })
  })
})
