/** Messages about one subject: in any order, repeated, late and cached, each change of a decision is published once (behaviour/greenwave 6). */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from '../../../../src/db/client.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { labelled } from '../../../../src/lib/metrics/counters.ts'
import { readCounter } from '../../../support/bus/ingest.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { type MessageGate, startMessageGate } from '../../../support/gate/message-gate.ts'
import { ALL1, ALL2, NONE1, NONE2, ONE2, TWO_CONTEXTS } from '../../../support/gate/two-contexts.ts'

const NVR = 'glibc-1.0-1.fc26'

let world: MessageGate
beforeAll(async () => {
  world = await startMessageGate({ file: 'cache_seconds: 600\nrequest_attempts: 1' })
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.reset()
  await world.setPolicies(TWO_CONTEXTS)
})

const putResult = (testCase: string, outcome: string, more = {}) =>
  world.putResult(testCase, outcome, { item: NVR, type: 'koji_build' }, more)
const sent = () => world.changesBy('decision_context')

/** Notifications from now on, by their identifiers. */
async function listenForNews(): Promise<() => Promise<unknown[]>> {
  const client = createClient(world.ctx.databaseUrl)
  await client.connect()
  onTestFinished(() => client.end())
  const notices: string[] = []
  client.on('notification', ({ payload }) => notices.push(payload ?? ''))
  await client.query('listen freshwave_subject_changed')
  return async () => {
    await client.query('select 1') // notices come before the answer
    return notices.map((text) => JSON.parse(text).identifier)
  }
}

describe('messages about one subject', () => {
  it('that wait together are decided together, from the moment before the earliest', async () => {
    await putResult('t1', 'FAILED')
    await putResult('t2', 'PASSED')
    await putResult('t1', 'PASSED')
    world.messages.reverse()
    await world.deliverAll()
    await world.decideNext()
    expect(await sent()).toEqual([
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ALL2],
    ])
    expect(await world.states()).toEqual(['done', 'done', 'done'])
  })

  it('hide no change when one overtakes those before it', async () => {
    await putResult('t1', 'PASSED')
    const late = world.messages.splice(0)[0]
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    await world.decideNext()
    // Nothing has changed since the moment before the second result.
    expect(await sent()).toEqual([])
    await world.deliver(late)
    await world.decideNext()
    expect(await sent()).toEqual([
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ONE2],
    ])
  })

  it('publish nothing when they are repeated or late', async () => {
    await putResult('t1', 'PASSED')
    const [first] = world.messages
    await world.deliverAll()
    await world.decideNext()
    const published = await sent()
    await world.deliver(first)
    await world.decideNext()
    expect(await sent()).toEqual(published)
    expect(
      await readCounter(
        world.ctx,
        labelled('decision_unchanged', { decision_context: 'c1', handler: 'resultsdb' }),
      ),
    ).toBeGreaterThan(0)
  })

  it('begin where the last decision ended', async () => {
    for (const outcome of ['PASSED', 'FAILED', 'PASSED']) {
      await putResult('t1', outcome)
      await world.deliverAll()
      await world.decideNext()
    }
    const failed = 'Of 1 required test, 1 test failed'
    expect((await sent()).filter(([context]) => context === 'c1')).toEqual([
      ['c1', NONE1, ALL1],
      ['c1', ALL1, failed],
      ['c1', failed, ALL1],
    ])
  })

  it('that revoke a waiver publish what that changes, though none before them was received', async () => {
    const about = { subject_identifier: NVR }
    const waiver = await world.putWaiver('t1', about)
    world.messages.length = 0
    await world.putWaiver('t1', { ...about, waived: false })
    await world.deliverAll()
    await world.decideNext()
    expect(waiver).toMatchObject({ waived: true })
    expect((await sent()).filter(([context]) => context === 'c1')).toEqual([['c1', ALL1, NONE1]])
  })

  it('publish their changes in the order of decision contexts, then of product versions', async () => {
    const policyOf = (context: string, versions: string) =>
      policyYaml(context, [test('t1')], { decision_context: context, product_versions: versions })
    await world.setPolicies(
      policyOf('c2', '[fedora-30, fedora-31]') + policyOf('c1', '[fedora-31, fedora-30]'),
    )
    await world.putResult('t1', 'PASSED', { item: 'unknown-1-1', type: 'koji_build' })
    await world.deliverAll()
    await world.decideNext()
    const published = await world.rows<{ pair: string }>(
      `select concat(payload->'msg'->>'decision_context', ' ', payload->'msg'->>'product_version') as pair
       from outbox order by id`,
    )
    expect(published.map(({ pair }) => pair)).toEqual([
      'c1 fedora-30',
      'c1 fedora-31',
      'c2 fedora-30',
      'c2 fedora-31',
    ])
  })

  it('decide again what a waiver has led to in a version that the subject itself does not name', async () => {
    await world.setPolicies(policyYaml('any', [test('t1'), test('t2')], { product_versions: '["fedora-*"]' }))
    await world.putWaiver('t1', { subject_identifier: NVR, product_version: 'fedora-40' })
    await world.deliverAll()
    await world.decideNext()
    await putResult('t2', 'PASSED') // of fedora-26, by the name of the build
    await world.deliverAll()
    await world.decideNext()
    expect(await world.changesBy('product_version')).toEqual([
      ['fedora-40', NONE2, ONE2],
      ['fedora-26', NONE2, ONE2],
      ['fedora-40', ONE2, ALL2],
    ])
  })

  it('leave what was decided on other subjects, and messages about these, as they are', async () => {
    const other = { item: 'bash-1.0-1.fc26', type: 'koji_build' }
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    await world.decideNext()
    await world.putResult('t1', 'PASSED', other)
    await putResult('t2', 'PASSED')
    await world.deliverAll()
    world.world.faults.push({ service: 'resultsdb', kind: 'status', status: 503 })
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    expect(await world.rows('select attempts from inbox order by id')).toEqual(
      [0, 1, 0].map((attempts) => ({ attempts })),
    )
    world.world.faults.length = 0
    await world.decideNext()
    await world.decideNext()
    expect(await sent()).toEqual([
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ONE2],
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ONE2],
      ['c2', ONE2, ALL2],
    ])
  })

  it('are decided once by runs at the same time', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    await Promise.all([world.decideNext(), world.decideNext(), world.decideNext()])
    expect(await sent()).toHaveLength(2)
  })

  it('do not count what was cached before them, in this process and in others', async () => {
    const notified = await listenForNews()
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    await world.decideNext()
    await putResult('t1', 'FAILED')
    await world.deliverAll()
    await world.decideNext()
    expect((await sent()).filter(([context]) => context === 'c1').at(-1)?.[2]).toBe(
      'Of 1 required test, 1 test failed',
    )
    expect(await notified()).toEqual([NVR, NVR])
  })

  it.each([
    ['of a test that has not ended', 'RUNNING', { item: NVR, type: 'koji_build' }, [NVR]],
    ['with several values', 'FAILED', { item: [NVR, 'b-1-1'], type: 'koji_build' }, ['b-1-1', NVR]],
    [
      'under several keys',
      'FAILED',
      { item: NVR, type: 'koji_build', original_spec_nvr: 'b-1-1' },
      ['b-1-1', NVR],
    ],
    ['too long for a notice', 'FAILED', { item: '\u20ac'.repeat(3000), type: 'koji_build' }, [null]],
  ])(
    'drop what processes have cached of all that is named, of a result %s',
    async (_what, outcome, data, names) => {
      const notified = await listenForNews()
      await world.putResult('t1', outcome, data)
      await world.deliverAll()
      expect((await notified()).sort()).toEqual(names)
    },
  )
})

describe('messages out', () => {
  it('belong to the subject and name what led to them', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    await world.decideNext()
    expect(
      await world.rows('select event_id, topic, handler, properties from outbox order by id limit 1'),
    ).toEqual([
      {
        event_id: null,
        topic: 'decision.update',
        handler: 'resultsdb',
        properties: {
          subject_type: 'koji_build',
          subject_identifier: NVR,
          product_version: 'fedora-26',
          decision_context: 'c1',
          policies_satisfied: 'true',
          summary: ALL1,
        },
      },
    ])
  })
})
