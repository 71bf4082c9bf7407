/** The history of a Freshmaker database after its import, from PostgreSQL and from SQLite. */
import { describe, expect, it } from 'vitest'
import { makeEvent } from '../../../factories.ts'
import { FRESHMAKER_KINDS } from '../../../support/database/freshmaker-database.ts'
import {
  freshmakerBuild,
  freshmakerEvent,
  freshmakerHistory,
} from '../../../support/database/freshmaker-history.ts'
import {
  auditOf,
  countsOf,
  dumpOf,
  emptyFreshmaker,
  importFrom,
  rowsOf,
  target,
} from '../../../support/database/imports.ts'

const SIZE = { events: 700, names: 50, composes: 30 }
const BUILDS = 4666

describe.each(FRESHMAKER_KINDS)('a Freshmaker in %s', (kind) => {
  const freshmaker = () => emptyFreshmaker(kind)

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
    const [event] = await rowsOf(to.db, 'events')
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
    const [build, lone] = await rowsOf(to.db, 'artifact_builds')
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
    expect(await rowsOf(to.db, 'users')).toEqual([{ id: 3, username: 'han_solo' }])
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
})
