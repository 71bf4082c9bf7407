/** Decisions that messages ask for and that cannot be made: they wait, are left out, or are given up with their messages (behaviour/greenwave 6). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../../lab/fault-rule.ts'
import { giveUpSubject } from '../../../../src/commands/decide/give-up.ts'
import { interpretMessage } from '../../../../src/commands/intake/interpret-message.ts'
import { replayMessages } from '../../../../src/commands/intake/replay-messages.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { labelled, ofHandler } from '../../../../src/lib/metrics/counters.ts'
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

describe('a decision that cannot be made', () => {
  const down: FaultRule = { service: 'resultsdb', kind: 'status', status: 503 }

  it('waits for a service in trouble, and is made when that is back', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    world.world.faults.push(down)
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    expect(await world.states()).toEqual(['new'])
    expect(await world.rows('select service, blame from service_troubles')).toEqual([
      { service: 'resultsdb', blame: 'service' },
    ])
    world.world.faults.length = 0
    await world.decideNext()
    expect(await sent()).toHaveLength(2)
  })

  it('holds up no other decision on the subject', async () => {
    await world.setPolicies(
      `${TWO_CONTEXTS}${policyYaml('three', ['!RemoteRule {}'], { decision_context: 'c3' })}`,
    )
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503, operation: 'getBuild' })
    // The version is known from the name alone, so that only the rule file needs the hub.
    await putResult('t1', 'PASSED')
    const koji = world.ctx.clients.koji
    delete world.ctx.clients.koji
    await world.deliverAll()
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    expect((await sent()).map(([context]) => context)).toEqual(['c1', 'c2'])
    expect(await world.states()).toEqual(['new'])
    const reason = expect.stringContaining('Could not reach Koji') // which the text of the original hides
    expect(await world.rows('select reason from inbox')).toEqual([{ reason }])
    world.world.faults.length = 0
    world.putBuild(NVR, 'git+https://git.example.com/rpms/glibc.git#abc')
    await world.decideNext()
    world.ctx.clients.koji = koji
    expect((await sent()).map(([context]) => context)).toEqual(['c1', 'c2'])
    expect(await world.states()).toEqual(['done'])
  })

  it('is counted and left out when the thing itself is at fault', async () => {
    const since = policyYaml('three', [test('t1', 'valid_since: 2021-01-01')], { decision_context: 'c0' })
    await world.setPolicies(`${since}${TWO_CONTEXTS}`)
    const failed = labelled('decision_failed', { decision_context: 'c0', handler: 'resultsdb' })
    const before = await readCounter(world.ctx, failed)
    await putResult('t1', 'PASSED') // the hub does not know the build
    await world.deliverAll()
    await world.decideNext()
    expect((await sent()).map(([context]) => context)).toEqual(['c1', 'c2'])
    expect(await world.states()).toEqual(['done'])
    expect(await readCounter(world.ctx, failed)).toBe(before + 1)
  })

  it('leaves its messages failed in the end, and they can be replayed', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    world.world.faults.push(down)
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    await world.rows("update waits set clocks = '{}', since = now() - interval '2 days'")
    await world.rows("update inbox set received_at = now() - interval '2 days'")
    await world.decideNext()
    const [row] = await world.rows<{ id: string; state: string; reason: string }>(
      'select id, state, reason from inbox',
    )
    expect(row).toMatchObject({ state: 'failed', reason: expect.stringContaining('503') })
    world.world.faults.length = 0
    const requester = {
      who: 'alice',
      credential: 'local',
      from: { door: 'command-line', address: 'x' },
    } as const
    await replayMessages(world.ctx, [Number(row?.id)], requester)
    await interpretMessage(world.ctx, Number(row?.id))
    await world.decideNext()
    expect(await sent()).toHaveLength(2)
    expect(await world.states()).toEqual(['done'])
  })
})

describe('a subject whose build is not known from its name', () => {
  it('is not looked up for a test case that no policy demands, even in an outage of the build system', async () => {
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await world.putResult('other', 'PASSED', { item: 'glibc-1.0-1.el_x', type: 'koji_build' })
    await world.deliverAll()
    await world.decideNext()
    expect(await world.states()).toEqual(['done'])
    expect(world.calls('koji')).toBe(0)
  })

  it('is decided in an outage of the build system if its name cannot be that of a build', async () => {
    await world.setPolicies(
      policyYaml('one', [test('t1')], { decision_context: 'c1', subject_type: 'other' }),
    )
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await world.putResult('t1', 'PASSED', { item: 'undashed', type: 'other' })
    await world.deliverAll()
    await world.decideNext()
    expect([await world.states(), await sent()]).toEqual([['done'], [['c1', NONE1, ALL1]]])
    expect(world.calls('koji')).toBe(0)
  })

  it('waits while the build system is down, and is decided once when that is back', async () => {
    const odd = 'glibc-1.0-1.odd'
    world.putBuild(odd, 'git+https://git.example.com/rpms/glibc.git#abc')
    await world.putResult('t1', 'PASSED', { item: odd, type: 'koji_build' })
    await world.deliverAll()
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    expect([await world.states(), await sent()]).toEqual([['new'], []])
    expect(await world.rows('select service, blame from service_troubles')).toEqual([
      { service: 'koji', blame: 'service' },
    ])
    world.world.faults.length = 0
    await world.decideNext()
    const once = [
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ONE2],
    ]
    expect([await world.states(), await sent()]).toEqual([['done'], once])
    await world.rows("update inbox set state = 'new'")
    await world.decideNext()
    expect([await world.states(), await sent()]).toEqual([['done'], once])
  })

  it('is decided for a waiver, which names its version, while a result waits for the build system', async () => {
    const odd = 'glibc-1.0-1.odd'
    await world.putResult('t2', 'PASSED', { item: odd, type: 'koji_build' })
    await world.putWaiver('t1', { subject_identifier: odd })
    await world.deliverAll()
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    expect(await world.states()).toEqual(['new', 'done'])
    expect((await sent())[0]).toEqual(['c1', NONE1, ALL1])
  })
})

describe('messages that are given up', () => {
  it('leave those that have not waited as long waiting', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    const down: FaultRule = { service: 'resultsdb', kind: 'status', status: 503 }
    world.world.faults.push(down)
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    await world.rows("update waits set clocks = '{}', since = now() - interval '2 days'")
    await world.rows("update inbox set received_at = now() - interval '2 days'")
    world.world.faults.length = 0
    await putResult('t2', 'PASSED')
    await world.deliverAll()
    world.world.faults.push(down)
    await world.decideNext()
    expect(await world.states()).toEqual(['failed', 'new'])
    world.world.faults.length = 0
    await world.decideNext()
    expect(await world.states()).toEqual(['failed', 'done'])
    expect(await sent()).toEqual([['c2', ONE2, ALL2]])
  })

  it('leave those that came after the last attempt to a job of their own', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    world.world.faults.push({ service: 'resultsdb', kind: 'status', status: 503 })
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    world.world.faults.length = 0
    await world.ctx.queues.byName.decide.obliterate({ force: true })
    await putResult('t2', 'PASSED')
    await world.deliver(world.messages.pop())
    const [old, late] = await world.rows<{ id: string; subject_id: number }>(
      'select id, subject_id from inbox order by id',
    )
    await world.ctx.queues.byName.decide.obliterate({ force: true })
    const failed = ofHandler('messaging_rx_failed', 'resultsdb')
    const before = await readCounter(world.ctx, failed)
    await giveUpSubject(world.ctx, old?.subject_id ?? 0, 'enough')
    expect(await readCounter(world.ctx, failed)).toBe(before + 1)
    expect(await world.rows('select state, reason from inbox order by id')).toEqual([
      { state: 'failed', reason: 'enough' },
      { state: 'new', reason: null },
    ])
    const jobs = await world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    expect(jobs.map(({ id }) => id)).toEqual([`decide-${late?.subject_id}-${late?.id}`])
  })
})
