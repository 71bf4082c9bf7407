/** The history of a Freshmaker database after its import, from PostgreSQL and from SQLite. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSource } from '../../../../src/clients/freshmaker/source.ts'
import type { ImportReport } from '../../../../src/domain/import/report.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { untilLockIsAwaited } from '../../../support/database/awaited-locks.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/database/database.ts'
import {
  createFreshmaker,
  FRESHMAKER_KINDS,
  type FreshmakerDatabase,
} from '../../../support/database/freshmaker-database.ts'
import {
  type FreshmakerRow,
  freshmakerBuild,
  freshmakerEvent,
  freshmakerHistory,
} from '../../../support/database/freshmaker-history.ts'
import { countsOf, dumpOf, importFrom } from '../../../support/database/imports.ts'

const SIZE = { events: 700, names: 50, composes: 30 }
const BUILDS = 4666

/** Locks the file, and gives it back after a while: the reader keeps its own thread busy meanwhile. */
const LOCKING = `
  const { DatabaseSync } = require('node:sqlite')
  const { parentPort, workerData } = require('node:worker_threads')
  const database = new DatabaseSync(workerData)
  database.exec('begin exclusive')
  parentPort.postMessage('locked')
  setTimeout(() => database.exec('commit'), 300)`

async function target(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  onTestFinished(database.drop)
  return database
}

async function columns(db: TestDatabase['db'], table: string): Promise<FreshmakerRow[]> {
  return db.fork().execute<FreshmakerRow[]>(`select * from ${table} order by id`)
}

async function auditOf(db: TestDatabase['db']): Promise<object[]> {
  return db.fork().execute<object[]>('select who, action, outcome, subject, detail from audit order by id')
}

describe.each(FRESHMAKER_KINDS)('a Freshmaker in %s', (kind) => {
  async function freshmaker(): Promise<FreshmakerDatabase> {
    const database = await createFreshmaker(kind)
    onTestFinished(database.drop)
    return database
  }

  it('is imported with all ids, once however often it is imported', async () => {
    const from = await freshmaker()
    for (const rows of freshmakerHistory(SIZE)) await from.insert(rows)
    const to = await target()
    const expected = {
      users: 3,
      events: SIZE.events,
      composes: SIZE.composes,
      artifact_builds: BUILDS,
      artifact_build_composes: Math.floor(BUILDS / 5),
      event_dependencies: SIZE.events / 10,
    }
    const counted = (place: number) =>
      Object.fromEntries(
        Object.entries(expected).map(([table, count]) => [
          table,
          [0, 1, 2, 3].map((at) => (at === place ? count : 0)),
        ]),
      )
    expect(countsOf(await importFrom(from, to, { dryRun: true }))).toEqual(counted(0))
    expect(
      Object.values(await dumpOf(to.db))
        .slice(0, 6)
        .flat(),
    ).toEqual([])
    expect(await auditOf(to.db)).toEqual([])

    expect(countsOf(await importFrom(from, to))).toEqual(counted(0))
    const once = await dumpOf(to.db)
    expect(once.builds).toHaveLength(BUILDS)
    expect(once.builds[20]).toMatch(/^\(21,image-\d+-container,image-\d+-container-1\.0-10-3,/)
    expect(once.sequences).toEqual([
      `artifact_builds_id_seq ${BUILDS}`,
      `composes_id_seq ${SIZE.composes}`,
      `event_dependencies_id_seq ${SIZE.events / 10}`,
      `events_id_seq ${SIZE.events}`,
      'users_id_seq 3',
    ])
    const audit = await auditOf(to.db)
    expect(audit).toEqual([
      expect.objectContaining({
        who: 'root',
        action: 'import',
        subject: 'database freshmaker',
        detail: 'begun',
      }),
      expect.objectContaining({
        detail: expect.stringMatching(/^3 users, 700 events, 30 composes, 4666 artifact_builds/),
      }),
    ])

    expect(countsOf(await importFrom(from, to))).toEqual(counted(1))
    expect(countsOf(await importFrom(from, to, { dryRun: true }))).toEqual(counted(1))
    expect(await dumpOf(to.db)).toEqual(once)
    expect(await auditOf(to.db)).toEqual(audit)
    expect(await makeEvent(to)).toBe(SIZE.events + 1)
  })

  it('has every column as it was', async () => {
    const from = await freshmaker()
    await from.insert({
      users: [{ id: 3, username: 'han_solo' }],
      events: [
        freshmakerEvent(7, {
          event_type_id: 13,
          state: 2,
          time_created: '2017-08-21 13:42:20.654321',
          time_done: '2017-08-21 13:52:20',
          dry_run: true,
          released: null,
          manual_triggered: true,
          requester: 'han_solo',
          requested_rebuilds: 'a-1-1 b-1-1',
          requester_metadata: '["any", {"JSON": 1}]',
        }),
      ],
      artifact_builds: [
        freshmakerBuild(12, 7, {
          type: 2,
          state: 2,
          state_reason: null,
          time_submitted: '2017-08-21 13:43:00.5',
          time_completed: null,
          build_id: -5,
          rebuild_reason: null,
          build_args: '{"target": "t", "retry_count": 2, "commit": "c"}',
          bundle_pullspec_overrides: '{"update": {"a": 1}}',
        }),
        freshmakerBuild(13, 7, {
          event_id: null,
          build_args: '',
          rebuilt_nvr: null,
          type: null,
          build_id: null,
        }),
      ],
    })
    const to = await target()
    await importFrom(from, to)
    const [event] = await columns(to.db, 'events')
    expect(event).toMatchObject({
      id: 7,
      message_id: 'ID:bus-7.RHSA-2026:7',
      search_key: '100005',
      event_type_id: 13,
      state: 2,
      released: null,
      dry_run: true,
      manual_triggered: true,
      requester: 'han_solo',
      requested_rebuilds: 'a-1-1 b-1-1',
      requester_metadata: '["any",{"JSON":1}]',
    })
    expect((await dumpOf(to.db)).events[0]).toContain('2017-08-21 13:42:20.654321+00')
    const [build, lone] = await columns(to.db, 'artifact_builds')
    expect(build).toMatchObject({
      id: 12,
      name: 'image-12-container',
      original_nvr: 'image-12-container-1.0-7',
      rebuilt_nvr: 'image-12-container-1.0-7.1763700000',
      type: 2,
      state: 2,
      state_reason: null,
      time_completed: null,
      dep_on_id: null,
      event_id: 7,
      build_id: -5,
      rebuild_reason: null,
      build_args: '{"target":"t","retry_count":2,"commit":"c"}',
      bundle_pullspec_overrides: '{"update":{"a":1}}',
      target: 't',
      retry_count: 2,
    })
    expect(lone).toMatchObject({ id: 13, event_id: null, build_args: '', rebuilt_nvr: null, type: null })
    expect(await columns(to.db, 'users')).toEqual([{ id: 3, username: 'han_solo' }])
  })

  it('is refused as a whole, and nothing is written, when ids stand for other things here', async () => {
    const from = await freshmaker()
    for (const rows of freshmakerHistory({ events: 20, names: 5, composes: 2 })) await from.insert(rows)
    const to = await target()
    const event = await makeEvent(to, { messageId: 'here', state: 'COMPLETE' })
    await makeBuild(to, event, { originalNvr: 'ours-1-1', state: 'DONE' })
    await to.db.fork().execute(`insert into users (username) values ('leia')`)
    const before = await dumpOf(to.db)
    const report = await importFrom(from, to)
    expect(report.conflictCount).toBe(3)
    expect(report.conflicts).toEqual([
      { table: 'users', id: 1, here: 'username leia', there: 'username root' },
      { table: 'events', id: 1, here: 'message_id here', there: 'message_id ID:bus-1.RHSA-2026:1' },
      {
        table: 'artifact_builds',
        id: 1,
        here: 'ours-1-1 of event 1',
        there: expect.stringMatching(/^image-\d-container-1\.0-1-1 of event 1$/),
      },
    ])
    expect(await dumpOf(to.db)).toEqual(before)
    expect(await auditOf(to.db)).toEqual([])
  })

  it('takes over what the service here has under the same names', async () => {
    const from = await freshmaker()
    await from.insert({
      users: [{ id: 5, username: 'root' }],
      composes: [{ id: 5, odcs_compose_id: 7001 }],
      events: [freshmakerEvent(5)],
      artifact_builds: [freshmakerBuild(5, 5)],
      artifact_build_composes: [{ build_id: 5, compose_id: 5 }],
    })
    const to = await target()
    await to.db.fork().execute(`insert into users (username) values ('root')`)
    await to.db.fork().execute('insert into composes (odcs_compose_id, state) values (7001, 2)')
    const report = await importFrom(from, to)
    expect(countsOf(report)).toMatchObject({ users: [0, 1, 0, 0], composes: [0, 1, 0, 0] })
    expect((await dumpOf(to.db)).links).toEqual(['(5,1)'])
  })

  it('takes over what the service here stores at that very moment', async () => {
    const from = await freshmaker()
    await from.insert({
      users: [
        { id: 5, username: 'leia' },
        { id: 6, username: 'root' },
      ],
    })
    const to = await target()
    let importing: Promise<ImportReport> | undefined
    await to.db.transaction(async (em) => {
      await em.execute(`insert into users (username) values ('root')`)
      importing = importFrom(from, to)
      await untilLockIsAwaited(to.db)
    })
    const report = await importing
    expect(report && countsOf(report)).toMatchObject({ users: [1, 1, 0, 0] })
    expect(await columns(to.db, 'users')).toEqual([
      { id: 1, username: 'root' },
      { id: 5, username: 'leia' },
    ])
  })

  it('gives builds their parents in whatever order they come', async () => {
    const from = await freshmaker()
    const count = 4100
    await from.insert({
      events: [freshmakerEvent(1)],
      artifact_builds: Array.from({ length: count }, (_, index) =>
        freshmakerBuild(index + 1, 1, {
          original_nvr: `image-${index}-1-1`,
          rebuilt_nvr: null,
          dep_on_id: index === 0 ? count : index === 1 ? 1 : null,
        }),
      ),
    })
    const to = await target()
    const report = await importFrom(from, to)
    const parents = `select id, dep_on_id as parent from artifact_builds where dep_on_id is not null order by id`
    const expected = [
      { id: 1, parent: count },
      { id: 2, parent: 1 },
    ]
    expect(await to.db.fork().execute<object[]>(parents)).toEqual(expected)
    expect(report.changedCount).toBe(0)
    // As an import that was killed before the last step leaves it.
    await to.db.fork().execute('update artifact_builds set dep_on_id = null where id = 1')
    await importFrom(from, to)
    expect(await to.db.fork().execute<object[]>(parents)).toEqual(expected)
  })

  it('must be a database of Freshmaker', async () => {
    const from = await freshmaker()
    await from.run('drop table events')
    const to = await target()
    await expect(importFrom(from, to)).rejects.toThrow(/^--from: .* cannot be read: .*\bevents\b/)
  })
})

describe('a source', () => {
  it.each([
    [
      'postgres://freshmaker:secret@127.0.0.1:1/freshmaker',
      /^--from: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/freshmaker cannot be read: .*ECONNREFUSED/,
    ],
    [
      'postgresql+psycopg2://freshmaker:secret@127.0.0.1:1/x',
      /^--from: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/x cannot be read/,
    ],
    ['postgres://:secret@', /^--from: is not a valid address/],
    ['mysql://freshmaker:secret@host/x', /^--from: expected postgres:/],
    [
      '/nowhere/freshmaker.sqlite',
      /^--from: the SQLite file \/nowhere\/freshmaker\.sqlite cannot be read: unable to open/,
    ],
    [
      'sqlite:////nowhere/freshmaker.sqlite',
      /^--from: the SQLite file \/nowhere\/freshmaker\.sqlite cannot be read/,
    ],
    ['package.json', /^--from: the SQLite file package\.json cannot be read: file is not a database/],
  ])('that cannot be used is named without its secrets: %s', async (from, message) => {
    const opened = openSource(from).then((source) => source.read('select 1 from events'))
    await expect(opened).rejects.toThrow(message)
    await expect(opened).rejects.not.toThrow(/secret/)
  })

  it('in SQLite is waited for while Freshmaker writes to it', async () => {
    const from = await createFreshmaker('sqlite')
    onTestFinished(from.drop)
    await from.insert({ users: [{ id: 1, username: 'root' }] })
    const writer = new Worker(LOCKING, { eval: true, workerData: from.from })
    onTestFinished(async () => void (await writer.terminate()))
    await once(writer, 'message')
    const source = await openSource(from.from)
    onTestFinished(source.close)
    expect(await source.read('select username from users')).toEqual([{ username: 'root' }])
  })
})
