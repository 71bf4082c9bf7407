/** Decisions that messages change: trouble, faults, late and repeated messages, caches, order, lost jobs (behaviour/greenwave 6). */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { FaultRule } from '../../../../lab/fault-rule.ts'
import { readMessage } from '../../../../src/bus/messages/routes.ts'
import { giveUpSubject } from '../../../../src/commands/decide/give-up.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import { interpretMessage } from '../../../../src/commands/intake/interpret-message.ts'
import { replayMessages } from '../../../../src/commands/intake/replay-messages.ts'
import { storeDeliveries } from '../../../../src/commands/intake/store-deliveries.ts'
import { sweep } from '../../../../src/commands/sweep/sweep.ts'
import { createClient } from '../../../../src/db/client.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { labelled, ofHandler } from '../../../../src/lib/metrics/counters.ts'
import { decideWith } from '../../../../workers/decide.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { createSweep } from '../../../../workers/sweep.ts'
import { readCounter } from '../../../support/bus/ingest.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../support/gate/gate.ts'

const NVR = 'glibc-1.0-1.fc26'
const PAIRS = [
  policyYaml('one', [test('t1')], { decision_context: 'c1' }),
  policyYaml('two', [test('t1'), test('t2')], { decision_context: 'c2' }),
].join('')

let world: TestGate
let gate: ReturnType<typeof openGate>
/** What the lab published and no test has taken yet. */
let messages: { topic: string; body: string }[] = []
beforeAll(async () => {
  world = await startGate({ file: 'cache_seconds: 600\nrequest_attempts: 1' })
  gate = openGate(world.ctx)
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.reset()
  world.world.bus.publish = (topic, body) => messages.push({ topic, body })
  messages = []
  for (const table of ['inbox', 'outbox', 'subjects', 'service_troubles', 'waits'])
    await world.ctx.db.fork().execute(`delete from ${table}`)
  await world.ctx.queues.byName.decide.obliterate({ force: true })
  await world.setPolicies(PAIRS)
})

const rows = <T>(sql: string) => world.ctx.db.fork().execute<T[]>(sql)
const putResult = (testCase: string, outcome: string, more = {}) =>
  world.putResult(testCase, outcome, { item: NVR, type: 'koji_build' }, more)

let nextId = 0
/** Stores a message and reads what it is about, as ingest and intake do. */
async function deliver(message: { topic: string; body: string } | undefined): Promise<void> {
  nextId += 1
  const delivery = {
    messageId: `ID:${nextId}`,
    topic: message?.topic ?? '',
    body: Buffer.from(message?.body ?? ''),
    properties: {},
  }
  await storeDeliveries(world.ctx, [{ delivery, reading: readMessage(delivery, 100_000) }])
  for (const { id } of await rows<{ id: string }>(
    "select id from inbox where state = 'new' and subject_id is null",
  ))
    await interpretMessage(world.ctx, Number(id)).catch(() => undefined)
}

async function deliverAll(): Promise<void> {
  for (const message of messages.splice(0)) await deliver(message)
}

/** Runs the job of the subject once, as a worker does. */
async function decide(isLast = false): Promise<void> {
  const [waiting] = await rows<{ subject_id: number; id: string }>(
    "select subject_id, id from inbox where state = 'new' and subject_id is not null order by id limit 1",
  )
  if (!waiting) return
  const payload = { subjectId: waiting.subject_id, inboxId: Number(waiting.id) }
  await attempt(world.ctx, { queue: 'decide', worker: decideWith(gate), payload, isLast })
}

type Sent = {
  decision_context: string
  product_version: string
  summary: string
  previous: { summary: string }
}
const sent = async () =>
  (await rows<{ payload: { msg: Sent } }>('select payload from outbox order by id')).map(({ payload }) => [
    payload.msg.decision_context,
    payload.msg.previous.summary,
    payload.msg.summary,
  ])
const sentVersions = async () =>
  (await rows<{ payload: { msg: Sent } }>('select payload from outbox order by id')).map(({ payload }) => [
    payload.msg.product_version,
    payload.msg.previous.summary,
    payload.msg.summary,
  ])
const states = async () =>
  (await rows<{ state: string }>('select state from inbox order by id')).map((row) => row.state)

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

const NONE1 = 'Of 1 required test, 1 result missing'
const NONE2 = 'Of 2 required tests, 2 results missing'
const ALL1 = 'All required tests (1 total) have passed or been waived'
const ONE2 = 'Of 2 required tests, 1 result missing'
const ALL2 = 'All required tests (2 total) have passed or been waived'

describe('messages about one subject', () => {
  it('that wait together are decided together, from the moment before the earliest', async () => {
    await putResult('t1', 'FAILED')
    await putResult('t2', 'PASSED')
    await putResult('t1', 'PASSED')
    messages.reverse()
    await deliverAll()
    await decide()
    expect(await sent()).toEqual([
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ALL2],
    ])
    expect(await states()).toEqual(['done', 'done', 'done'])
  })

  it('hide no change when one overtakes those before it', async () => {
    await putResult('t1', 'PASSED')
    const late = messages.splice(0)[0]
    await putResult('t1', 'PASSED')
    await deliverAll()
    await decide()
    // Nothing has changed since the moment before the second result.
    expect(await sent()).toEqual([])
    await deliver(late)
    await decide()
    expect(await sent()).toEqual([
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ONE2],
    ])
  })

  it('publish nothing when they are repeated or late', async () => {
    await putResult('t1', 'PASSED')
    const [first] = messages
    await deliverAll()
    await decide()
    const published = await sent()
    await deliver(first)
    await decide()
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
      await deliverAll()
      await decide()
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
    messages = []
    await world.putWaiver('t1', { ...about, waived: false })
    await deliverAll()
    await decide()
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
    await deliverAll()
    await decide()
    const published = await rows<{ pair: string }>(
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
    await deliverAll()
    await decide()
    await putResult('t2', 'PASSED') // of fedora-26, by the name of the build
    await deliverAll()
    await decide()
    expect(await sentVersions()).toEqual([
      ['fedora-40', NONE2, ONE2],
      ['fedora-26', NONE2, ONE2],
      ['fedora-40', ONE2, ALL2],
    ])
  })

  it('leave what was decided on other subjects, and messages about these, as they are', async () => {
    const other = { item: 'bash-1.0-1.fc26', type: 'koji_build' }
    await putResult('t1', 'PASSED')
    await deliverAll()
    await decide()
    await world.putResult('t1', 'PASSED', other)
    await putResult('t2', 'PASSED')
    await deliverAll()
    world.world.faults.push({ service: 'resultsdb', kind: 'status', status: 503 })
    await expect(decide()).rejects.toThrow(NotReady)
    expect(await rows('select attempts from inbox order by id')).toEqual(
      [0, 1, 0].map((attempts) => ({ attempts })),
    )
    world.world.faults.length = 0
    await decide()
    await decide()
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
    await deliverAll()
    await Promise.all([decide(), decide(), decide()])
    expect(await sent()).toHaveLength(2)
  })

  it('do not count what was cached before them, in this process and in others', async () => {
    const notified = await listenForNews()
    await putResult('t1', 'PASSED')
    await deliverAll()
    await decide()
    await putResult('t1', 'FAILED')
    await deliverAll()
    await decide()
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
      await deliverAll()
      expect((await notified()).sort()).toEqual(names)
    },
  )
})

describe('a decision that cannot be made', () => {
  const down: FaultRule = { service: 'resultsdb', kind: 'status', status: 503 }

  it('waits for a service in trouble, and is made when that is back', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    world.world.faults.push(down)
    await expect(decide()).rejects.toThrow(NotReady)
    expect(await states()).toEqual(['new'])
    expect(await rows('select service, blame from service_troubles')).toEqual([
      { service: 'resultsdb', blame: 'service' },
    ])
    world.world.faults.length = 0
    await decide()
    expect(await sent()).toHaveLength(2)
  })

  it('holds up no other decision on the subject', async () => {
    await world.setPolicies(`${PAIRS}${policyYaml('three', ['!RemoteRule {}'], { decision_context: 'c3' })}`)
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503, operation: 'getBuild' })
    // The version is known from the name alone, so that only the rule file needs the hub.
    await putResult('t1', 'PASSED')
    const koji = world.ctx.clients.koji
    delete world.ctx.clients.koji
    await deliverAll()
    await expect(decide()).rejects.toThrow(NotReady)
    expect((await sent()).map(([context]) => context)).toEqual(['c1', 'c2'])
    expect(await states()).toEqual(['new'])
    const reason = expect.stringContaining('Could not reach Koji') // which the text of the original hides
    expect(await rows('select reason from inbox')).toEqual([{ reason }])
    world.world.faults.length = 0
    world.putBuild(NVR, 'git+https://git.example.com/rpms/glibc.git#abc')
    await decide()
    world.ctx.clients.koji = koji
    expect((await sent()).map(([context]) => context)).toEqual(['c1', 'c2'])
    expect(await states()).toEqual(['done'])
  })

  it('is counted and left out when the thing itself is at fault', async () => {
    const since = policyYaml('three', [test('t1', 'valid_since: 2021-01-01')], { decision_context: 'c0' })
    await world.setPolicies(`${since}${PAIRS}`)
    const failed = labelled('decision_failed', { decision_context: 'c0', handler: 'resultsdb' })
    const before = await readCounter(world.ctx, failed)
    await putResult('t1', 'PASSED') // the hub does not know the build
    await deliverAll()
    await decide()
    expect((await sent()).map(([context]) => context)).toEqual(['c1', 'c2'])
    expect(await states()).toEqual(['done'])
    expect(await readCounter(world.ctx, failed)).toBe(before + 1)
  })

  it('leaves its messages failed in the end, and they can be replayed', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    world.world.faults.push(down)
    await expect(decide()).rejects.toThrow(NotReady)
    await rows("update waits set clocks = '{}', since = now() - interval '2 days'")
    await rows("update inbox set received_at = now() - interval '2 days'")
    await decide()
    const [row] = await rows<{ id: string; state: string; reason: string }>(
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
    await decide()
    expect(await sent()).toHaveLength(2)
    expect(await states()).toEqual(['done'])
  })
})

describe('a subject whose build is not known from its name', () => {
  it('is not looked up for a test case that no policy demands, even in an outage of the build system', async () => {
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await world.putResult('other', 'PASSED', { item: 'glibc-1.0-1.el_x', type: 'koji_build' })
    await deliverAll()
    await decide()
    expect(await states()).toEqual(['done'])
    expect(world.calls('koji')).toBe(0)
  })

  it('is decided in an outage of the build system if its name cannot be that of a build', async () => {
    await world.setPolicies(
      policyYaml('one', [test('t1')], { decision_context: 'c1', subject_type: 'other' }),
    )
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await world.putResult('t1', 'PASSED', { item: 'undashed', type: 'other' })
    await deliverAll()
    await decide()
    expect([await states(), await sent()]).toEqual([['done'], [['c1', NONE1, ALL1]]])
    expect(world.calls('koji')).toBe(0)
  })

  it('waits while the build system is down, and is decided once when that is back', async () => {
    const odd = 'glibc-1.0-1.odd'
    world.putBuild(odd, 'git+https://git.example.com/rpms/glibc.git#abc')
    await world.putResult('t1', 'PASSED', { item: odd, type: 'koji_build' })
    await deliverAll()
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await expect(decide()).rejects.toThrow(NotReady)
    expect([await states(), await sent()]).toEqual([['new'], []])
    expect(await rows('select service, blame from service_troubles')).toEqual([
      { service: 'koji', blame: 'service' },
    ])
    world.world.faults.length = 0
    await decide()
    const once = [
      ['c1', NONE1, ALL1],
      ['c2', NONE2, ONE2],
    ]
    expect([await states(), await sent()]).toEqual([['done'], once])
    await rows("update inbox set state = 'new'")
    await decide()
    expect([await states(), await sent()]).toEqual([['done'], once])
  })

  it('is decided for a waiver, which names its version, while a result waits for the build system', async () => {
    const odd = 'glibc-1.0-1.odd'
    await world.putResult('t2', 'PASSED', { item: odd, type: 'koji_build' })
    await world.putWaiver('t1', { subject_identifier: odd })
    await deliverAll()
    world.world.faults.push({ service: 'koji', kind: 'status', status: 503 })
    await expect(decide()).rejects.toThrow(NotReady)
    expect(await states()).toEqual(['new', 'done'])
    expect((await sent())[0]).toEqual(['c1', NONE1, ALL1])
  })
})

describe('messages that are given up', () => {
  it('leave those that have not waited as long waiting', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    const down: FaultRule = { service: 'resultsdb', kind: 'status', status: 503 }
    world.world.faults.push(down)
    await expect(decide()).rejects.toThrow(NotReady)
    await rows("update waits set clocks = '{}', since = now() - interval '2 days'")
    await rows("update inbox set received_at = now() - interval '2 days'")
    world.world.faults.length = 0
    await putResult('t2', 'PASSED')
    await deliverAll()
    world.world.faults.push(down)
    await decide()
    expect(await states()).toEqual(['failed', 'new'])
    world.world.faults.length = 0
    await decide()
    expect(await states()).toEqual(['failed', 'done'])
    expect(await sent()).toEqual([['c2', ONE2, ALL2]])
  })

  it('leave those that came after the last attempt to a job of their own', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    world.world.faults.push({ service: 'resultsdb', kind: 'status', status: 503 })
    await expect(decide()).rejects.toThrow(NotReady)
    world.world.faults.length = 0
    await world.ctx.queues.byName.decide.obliterate({ force: true })
    await putResult('t2', 'PASSED')
    await deliver(messages.pop())
    const [old, late] = await rows<{ id: string; subject_id: number }>(
      'select id, subject_id from inbox order by id',
    )
    await world.ctx.queues.byName.decide.obliterate({ force: true })
    const failed = ofHandler('messaging_rx_failed', 'resultsdb')
    const before = await readCounter(world.ctx, failed)
    await giveUpSubject(world.ctx, old?.subject_id ?? 0, 'enough')
    expect(await readCounter(world.ctx, failed)).toBe(before + 1)
    expect(await rows('select state, reason from inbox order by id')).toEqual([
      { state: 'failed', reason: 'enough' },
      { state: 'new', reason: null },
    ])
    const jobs = await world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    expect(jobs.map(({ id }) => id)).toEqual([`decide-${late?.subject_id}-${late?.id}`])
  })
})

describe('a message that cannot change a decision', () => {
  it('is ignored at the door, with its reason and without a job', async () => {
    await world.ctx.queues.byName.intake.obliterate({ force: true })
    await putResult('t1', 'RUNNING')
    const [message] = messages.splice(0)
    const delivery = {
      messageId: 'ID:running',
      topic: message?.topic ?? '',
      body: Buffer.from(message?.body ?? ''),
      properties: {},
    }
    await storeDeliveries(world.ctx, [{ delivery, reading: readMessage(delivery, 100_000) }])
    expect(await rows('select state, reason from inbox')).toEqual([
      { state: 'ignored', reason: 'The result is RUNNING: the test has not ended.' },
    ])
    const { byName } = world.ctx.queues
    expect([await byName.intake.count(), await byName.decide.count()]).toEqual([0, 0])
  })
})

describe('a subject that no message names any more', () => {
  it('is deleted with its decisions after `inbox_retention_days`, unless a message waits to be sent', async () => {
    for (const nvr of [NVR, 'old-1.0-1.fc26', 'unsent-1.0-1.fc26']) {
      await world.putResult('t1', 'PASSED', { item: nvr, type: 'koji_build' })
      await deliverAll()
      await decide()
    }
    const { inbox_retention_days: days } = world.ctx.settings.file
    await rows(
      `update subjects set seen_at = now() - interval '${days} days' - case identifier when '${NVR}' then interval '5 hours' else '7 hours' end`,
    )
    await rows(
      `update outbox set published_at = null where subject_id = (select id from subjects where identifier like 'unsent%')`,
    )
    await createSweep().run(world.ctx, { slot: 1 })
    expect(await rows('select identifier from subjects order by identifier')).toEqual([
      { identifier: NVR },
      { identifier: 'unsent-1.0-1.fc26' },
    ])
    expect(
      await rows(
        'select count(distinct subject_id)::int as subjects, count(*)::int as decisions from decisions',
      ),
    ).toEqual([{ subjects: 2, decisions: 4 }])
  })
})

describe('the job of a subject', () => {
  it('is put back by the sweep when it was lost', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    await world.ctx.queues.byName.decide.obliterate({ force: true })
    await rows("update inbox set received_at = now() - interval '1 minute'")
    await sweep(world.ctx)
    const jobs = await world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    const [row] = await rows<{ id: string; subject_id: number }>('select id, subject_id from inbox')
    expect(jobs.map(({ data }) => data)).toEqual([{ subjectId: row?.subject_id, inboxId: Number(row?.id) }])
  })

  it('is added for messages that arrive while another run is under way', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    const [first] = await rows<{ id: string; subject_id: number }>('select id, subject_id from inbox')
    await putResult('t2', 'PASSED')
    await deliverAll()
    // Still named by the first.
    const jobs = () => world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    expect((await jobs()).map(({ id }) => id)).toEqual([`decide-${first?.subject_id}-${first?.id}`])
    await decide()
    expect(await states()).toEqual(['done', 'done'])
  })

  it('is added by the run itself for messages that arrive after it has read those that wait', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    let isLate = false
    const busy: typeof gate = {
      ...gate,
      gather: async (needs, signal) => {
        if (!isLate) {
          isLate = true
          await putResult('t2', 'PASSED')
          await deliverAll()
        }
        return gate.gather(needs, signal)
      },
    }
    const [first] = await rows<{ subject_id: number }>('select subject_id from inbox')
    const worker = decideWith(busy)
    const payload = { subjectId: first?.subject_id ?? 0, inboxId: 0 }
    await attempt(world.ctx, { queue: 'decide', worker, payload, isLast: false })
    expect(await states()).toEqual(['done', 'new'])
    const [, late] = await rows<{ id: string }>('select id from inbox order by id')
    const jobs = await world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    expect(jobs.map(({ data }) => data)).toContainEqual({
      subjectId: first?.subject_id,
      inboxId: Number(late?.id),
    })
  })
})

describe('messages out', () => {
  it('belong to the subject and name what led to them', async () => {
    await putResult('t1', 'PASSED')
    await deliverAll()
    await decide()
    expect(await rows('select event_id, topic, handler, properties from outbox order by id limit 1')).toEqual(
      [
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
      ],
    )
  })
})
