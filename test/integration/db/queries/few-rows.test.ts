/** Statements of one build or batch read a few rows, however many builds and messages wait beside them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EntityManager } from '../../../../src/db/orm.ts'
import { readyAmong } from '../../../../src/db/queries/due-work.ts'
import { lockEventFacts } from '../../../../src/db/queries/event-facts.ts'
import { wasTaskReported } from '../../../../src/db/queries/messages/inbox.ts'
import { lockWaitingMessages } from '../../../../src/db/queries/messages/outbox.ts'
import { deleteOldRows } from '../../../../src/db/queries/old-rows.ts'
import {
  originalsOfChildren,
  runningBuildOf,
  tasksInFlightByTarget,
} from '../../../../src/db/queries/running-tasks.ts'
import { writeChanges } from '../../../../src/db/queries/write-changes.ts'
import type { BuildChange } from '../../../../src/domain/rebuild/transition/facts.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

const MANY = 10_000
const FEW = 300
const RUNNING = MANY / 2
let ctx: TestContext
let event: number
let parent: number

/** Half of the builds are planned, half run; each other one is built on the first. What is known of the tables is older. */
beforeAll(async () => {
  ctx = await createTestContext()
  await ctx.db.fork().execute('alter table artifact_builds set (autovacuum_enabled = off)')
  await ctx.db.fork().execute('alter table outbox set (autovacuum_enabled = off)')
  await ctx.db.fork().execute('alter table inbox set (autovacuum_enabled = off)')
  event = await makeEvent(ctx)
  const em = ctx.db.fork()
  const [first] = await em.execute<{ id: number }[]>(
    `insert into artifact_builds (name, original_nvr, type, state, event_id, build_id)
     select 'image-' || i, 'image-' || i || '-1-1', 1, (i % 2) * 4, ?, 1000 + i from generate_series(1, ${MANY}) i returning id`,
    [event],
  )
  parent = first?.id ?? 0
  await em.execute('update artifact_builds set dep_on_id = ? where id between ? and ?', [
    parent,
    parent + 1,
    parent + 6,
  ])
  const writeMessages = (published: string) =>
    em.execute(
      `insert into outbox (event_id, topic, payload, published_at)
       select ?, 'build.state.changed', '{}', ${published} from generate_series(1, ${MANY})`,
      [event],
    )
  await writeMessages('now()')
  await em.execute('analyze outbox')
  await writeMessages('null')
  await em.execute(
    `insert into inbox (message_id, topic, body, properties, state, meaning)
     select 'm-' || i, 'task', '', '{}', 'ignored', jsonb_build_object('kind', 'task-ended', 'taskId', 1000 + i)
       from generate_series(1, ${MANY}) i`,
  )
  await em.execute(
    `with named as (insert into subjects (digest, type, identifier, seen_at) values ('d', 'koji_build', 'a-1-1', '2020-01-01') returning id)
     insert into outbox (subject_id, topic, payload, published_at) select id, 'decision', '{}', now() from named`,
  )
  await em.execute(
    `insert into build_tries (build_id, task_id, began) select id, build_id, now() from artifact_builds`,
  )
  await em.execute('analyze build_tries')
})
afterAll(() => ctx.drop())

it.each<[string, string, (em: EntityManager) => Promise<unknown>]>([
  [
    'the builds around facts',
    'artifact_builds',
    (em) => lockEventFacts(em, event, { near: [parent + 9], below: [] }),
  ],
  ['those among a few that are ready', 'artifact_builds', (em) => readyAmong(em, [parent, parent + 1])],
  ['the build of a task', 'artifact_builds', (em) => runningBuildOf(em, 1002)],
  ['the planned children of a build', 'artifact_builds', (em) => originalsOfChildren(em, parent)],
  [
    'whether the end of a task was reported',
    'inbox',
    (em) => wasTaskReported(em, 1000 + MANY - 5, new Date(0)),
  ],
  [
    'the tries that ended',
    'build_tries',
    (em) => writeChanges(em, event, [endOf(parent + 1), endOf(parent + 3)], new Date()),
  ],
  [
    'the messages about an old subject',
    'outbox',
    (em) => deleteOldRows(em, 'subjects', new Date('2021-01-01')),
  ],
  ['the next messages', 'outbox', (em) => lockWaitingMessages(em, { eventId: event }, 50)],
])('a statement reads %s without the others', async (_what, table, query) => {
  const read = await ctx.db.transaction(async (em) => {
    const before = await rowsRead(em, table)
    await query(em)
    return (await rowsRead(em, table)) - before
  })
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(FEW)
})

it('a statement counts tasks in flight without the builds that wait', async () => {
  await ctx.db.fork().execute('analyze artifact_builds')
  const read = await ctx.db.transaction(async (em) => {
    const before = await rowsRead(em, 'artifact_builds')
    await tasksInFlightByTarget(em, new Date())
    return (await rowsRead(em, 'artifact_builds')) - before
  })
  expect(read).toBeLessThan(RUNNING + FEW)
})

function endOf(id: number): BuildChange {
  return { target: 'build', id, from: 'BUILD', to: 'FAILED', reason: 'Failed.', patch: {} }
}

/** What this connection has read of the table and of its indexes, as far as it has not reported it yet. */
async function rowsRead(em: EntityManager, table: string): Promise<number> {
  const [row] = await em.execute<{ n: number }[]>(
    `select (pg_stat_get_xact_tuples_returned(c.oid) + (select sum(pg_stat_get_xact_tuples_returned(i.indexrelid))
       from pg_index i where i.indrelid = c.oid))::int as n from pg_class c where c.oid = ?::regclass`,
    [table],
  )
  return row?.n ?? Number.NaN
}
