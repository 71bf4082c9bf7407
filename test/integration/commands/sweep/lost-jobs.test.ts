/** Every job can be made again from rows: whatever the queue store loses, sweeps and polls put back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CATALOG, type Payload, type QueueName } from '../../../../queues/catalog.ts'
import { jobIdOf } from '../../../../queues/enqueue.ts'
import type { Report } from '../../../../queues/payloads.ts'
import { sweep } from '../../../../src/commands/sweep/sweep.ts'
import { expectSurplus } from '../../../../src/commands/transition/cancel-surplus.ts'
import type { Context } from '../../../../src/context.ts'
import { nameSubjects } from '../../../../src/db/queries/decisions/subjects.ts'
import { writeFindings } from '../../../../src/db/queries/planning/findings.ts'
import { insertCancellations } from '../../../../src/db/queries/task-cancellations.ts'
import { createPoll } from '../../../../workers/poll.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { type Submitting, startSubmitting } from '../../../support/rebuild/submitting.ts'

/** Rows are swept once they are two seconds old. */
const SETTLED_MS = 3000

const forgetAll = ({ queues }: Context) =>
  Promise.all(Object.values(queues.byName).map((queue) => queue.obliterate({ force: true })))

let submitting: Submitting
let ctx: Submitting['ctx']
beforeAll(async () => {
  submitting = await startSubmitting()
  ctx = submitting.ctx
})
afterAll(() => submitting.stop())
beforeEach(async () => {
  submitting.clock.lateMs = 0
  await forgetAll(ctx)
})

const FINDINGS = { nodes: [], considered: [], fixedRpms: [], whenEmpty: 'nothing', composes: null }
const REQUEST = { source: 'git://dist-git/containers/a#c0ffee', opts: { release: '1.2' } }

async function insertId(sql: string, values: unknown[] = []): Promise<number> {
  const [row] = await ctx.db.fork().execute<{ id: number | string }[]>(`${sql} returning id`, values)
  return Number(row?.id)
}
const received = (fields: string, values: unknown[]) =>
  insertId(
    `insert into inbox (message_id, topic, body, properties, state ${fields ? `, ${fields}` : ''})
     values (?, 'topic', '', '{}', 'new' ${values.map(() => ', ?').join('')})`,
    [crypto.randomUUID(), ...values],
  )

/** One for each queue that no clock fills, and for each kind of report. */
type Kind = Exclude<QueueName, 'transition' | 'poll' | 'sweep'> | Report['kind']
type PayloadOf<K extends Kind> = K extends QueueName ? Payload<K> : Extract<Report, { kind: K }>

/** Stores rows in the state in which the job is due, without the job; returns its payload. */
const ROWS: { [K in Kind]: () => Promise<PayloadOf<K>> } = {
  intake: async () => ({ inboxId: await received('', []) }),
  discover: async () => ({ eventId: await makeEvent(ctx, { state: 'INITIALIZED' }) }),
  plan: async () => {
    const eventId = await makeEvent(ctx, { state: 'INITIALIZED' })
    await writeFindings(ctx.db.fork(), eventId, FINDINGS)
    return { eventId }
  },
  submit: async () => ({ buildId: await makeBuild(ctx, await makeEvent(ctx)) }),
  decide: async () => {
    const [subjectId = 0] = await nameSubjects(ctx.db.fork(), [{ type: 'koji_build', identifier: 'a-1-1' }])
    return { subjectId: subjectId ?? 0, inboxId: await received('subject_id', [subjectId]) }
  },
  publish: async () => {
    const eventId = await makeEvent(ctx)
    const sql = `insert into outbox (event_id, topic, payload) values (?, 'build.state.changed', '{}')`
    return { eventId, upTo: await insertId(sql, [eventId]) }
  },
  'task-reported': async () => {
    const taskId = 990_001 // the hub does not know it
    await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId })
    return { kind: 'task-reported', taskId }
  },
  'compose-reported': async () => {
    const odcsComposeId = 990_002 // ODCS does not know it
    const build = await makeBuild(ctx, await makeEvent(ctx))
    const compose = await insertId('insert into composes (odcs_compose_id) values (?)', [odcsComposeId])
    const link = 'insert into artifact_build_composes (build_id, compose_id) values (?, ?)'
    await ctx.db.fork().execute(link, [build, compose])
    return { kind: 'compose-reported', odcsComposeId }
  },
  recheck: async () => {
    const eventId = await makeEvent(ctx)
    await makeBuild(ctx, eventId, { state: 'DONE' })
    return { kind: 'recheck', eventId }
  },
  'cancel-due': async () => {
    const taskId = 990_003
    const buildId = await makeBuild(ctx, await makeEvent(ctx), { state: 'CANCELED', taskId })
    await insertCancellations(ctx.db.fork(), [{ buildId, taskId }], ctx.now())
    return { kind: 'cancel-due', buildId }
  },
  'surplus-due': async () => {
    const buildId = await makeBuild(ctx, await makeEvent(ctx), { state: 'DONE' })
    const since = new Date(1_700_000_000_000)
    const submittedAt = ctx.now()
    const request = { ...REQUEST, target: 'a', opts: { ...REQUEST.opts, scratch: false, git_branch: 'a' } }
    await expectSurplus({ ...ctx, now: () => submittedAt }, buildId, request, since)
    await forgetAll(ctx)
    const { source, opts } = REQUEST
    const times = { since: since.getTime(), submittedAt: submittedAt.getTime() }
    return { kind: 'surplus-due', buildId, source, release: opts.release, ...times }
  },
}

describe('the job that is made again from rows', () => {
  it.each(Object.keys(ROWS) as Kind[])('%s', async (kind) => {
    const payload = await ROWS[kind]()
    submitting.clock.lateMs = SETTLED_MS
    await sweep(ctx)
    await createPoll().run(ctx, { slot: 0 })
    const queue = kind in CATALOG ? (kind as QueueName) : 'transition'
    const job = await ctx.queues.byName[queue].getJob(jobIdOf(queue, payload))
    expect(job?.data).toEqual(payload)
  })
})

it('nothing is put back that is not due', async () => {
  submitting.clock.lateMs = SETTLED_MS
  const before = await sweep(ctx)
  const found = await makeEvent(ctx, { state: 'INITIALIZED' })
  await writeFindings(ctx.db.fork(), found, FINDINGS)
  await makeBuild(ctx, await makeEvent(ctx, { state: 'COMPLETE', dryRun: true }), {
    state: 'DONE',
    taskId: -7,
  })
  const event = await makeEvent(ctx)
  const running = await makeBuild(ctx, event, { state: 'BUILD', taskId: 990_004 })
  await makeBuild(ctx, event, { depOn: running, originalNvr: 'child-1-1' })
  await insertId("insert into outbox (event_id, topic, payload, published_at) values (?, '', '{}', now())", [
    event,
  ])
  const ended = await received('', [])
  await ctx.db.fork().execute("update inbox set state = 'ignored' where id = ?", [ended])
  submitting.clock.lateMs += SETTLED_MS
  const after = await sweep(ctx)
  expect(after).toEqual({ ...before, plan: (before['plan'] ?? 0) + 1 })
})
