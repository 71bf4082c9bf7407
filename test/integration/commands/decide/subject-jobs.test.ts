/** The jobs of subjects: lost, added for late messages, and not added for messages that change nothing (behaviour/greenwave 6). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readMessage } from '../../../../src/bus/messages/routes.ts'
import { storeDeliveries } from '../../../../src/commands/intake/store-deliveries.ts'
import { sweep } from '../../../../src/commands/sweep/sweep.ts'
import { decideWith } from '../../../../workers/decide.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { createSweep } from '../../../../workers/sweep.ts'
import { type MessageGate, startMessageGate } from '../../../support/gate/message-gate.ts'
import { TWO_CONTEXTS } from '../../../support/gate/two-contexts.ts'

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

describe('a message that cannot change a decision', () => {
  it('is ignored at the door, with its reason and without a job', async () => {
    await world.ctx.queues.byName.intake.obliterate({ force: true })
    await putResult('t1', 'RUNNING')
    const [message] = world.messages.splice(0)
    const delivery = {
      messageId: 'ID:running',
      topic: message?.topic ?? '',
      body: Buffer.from(message?.body ?? ''),
      properties: {},
    }
    await storeDeliveries(world.ctx, [{ delivery, reading: readMessage(delivery, 100_000) }])
    expect(await world.rows('select state, reason from inbox')).toEqual([
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
      await world.deliverAll()
      await world.decideNext()
    }
    const { inbox_retention_days: days } = world.ctx.settings.file
    await world.rows(
      `update subjects set seen_at = now() - interval '${days} days' - case identifier when '${NVR}' then interval '5 hours' else '7 hours' end`,
    )
    await world.rows(
      `update outbox set published_at = null where subject_id = (select id from subjects where identifier like 'unsent%')`,
    )
    await createSweep().run(world.ctx, { slot: 1 })
    expect(await world.rows('select identifier from subjects order by identifier')).toEqual([
      { identifier: NVR },
      { identifier: 'unsent-1.0-1.fc26' },
    ])
    expect(
      await world.rows(
        'select count(distinct subject_id)::int as subjects, count(*)::int as decisions from decisions',
      ),
    ).toEqual([{ subjects: 2, decisions: 4 }])
  })
})

describe('the job of a subject', () => {
  it('is put back by the sweep when it was lost', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    await world.ctx.queues.byName.decide.obliterate({ force: true })
    await world.rows("update inbox set received_at = now() - interval '1 minute'")
    await sweep(world.ctx)
    const jobs = await world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    const [row] = await world.rows<{ id: string; subject_id: number }>('select id, subject_id from inbox')
    expect(jobs.map(({ data }) => data)).toEqual([{ subjectId: row?.subject_id, inboxId: Number(row?.id) }])
  })

  it('is added for messages that arrive while another run is under way', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    const [first] = await world.rows<{ id: string; subject_id: number }>('select id, subject_id from inbox')
    await putResult('t2', 'PASSED')
    await world.deliverAll()
    // Still named by the first.
    const jobs = () => world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    expect((await jobs()).map(({ id }) => id)).toEqual([`decide-${first?.subject_id}-${first?.id}`])
    await world.decideNext()
    expect(await world.states()).toEqual(['done', 'done'])
  })

  it('is added by the run itself for messages that arrive after it has read those that wait', async () => {
    await putResult('t1', 'PASSED')
    await world.deliverAll()
    let isLate = false
    const busy: typeof world.gate = {
      ...world.gate,
      gather: async (needs, signal) => {
        if (!isLate) {
          isLate = true
          await putResult('t2', 'PASSED')
          await world.deliverAll()
        }
        return world.gate.gather(needs, signal)
      },
    }
    const [first] = await world.rows<{ subject_id: number }>('select subject_id from inbox')
    const worker = decideWith(busy)
    const payload = { subjectId: first?.subject_id ?? 0, inboxId: 0 }
    await attempt(world.ctx, { queue: 'decide', worker, payload, isLast: false })
    expect(await world.states()).toEqual(['done', 'new'])
    const [, late] = await world.rows<{ id: string }>('select id from inbox order by id')
    const jobs = await world.ctx.queues.byName.decide.getJobs(['waiting', 'prioritized'])
    expect(jobs.map(({ data }) => data)).toContainEqual({
      subjectId: first?.subject_id,
      inboxId: Number(late?.id),
    })
  })
})
