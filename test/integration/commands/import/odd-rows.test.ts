/** Rows that Freshmaker's databases let in: each costs only itself, and texts become storable. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { HOSTILE_PARTS } from '../../../support/api/hostile-texts.ts'
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
} from '../../../support/database/freshmaker-history.ts'
import { countsOf, dumpOf, importFrom } from '../../../support/database/imports.ts'

async function target(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  onTestFinished(database.drop)
  return database
}

async function columns(db: TestDatabase['db'], table: string): Promise<FreshmakerRow[]> {
  return db.fork().execute<FreshmakerRow[]>(`select * from ${table} order by id`)
}

describe.each(FRESHMAKER_KINDS)('a Freshmaker in %s', (kind) => {
  async function freshmaker(): Promise<FreshmakerDatabase> {
    const database = await createFreshmaker(kind)
    onTestFinished(database.drop)
    return database
  }

  const ODD_EVENTS: [reason: string, FreshmakerRow][] = [
    ['state unknown event state 9', { state: 9 }],
    ['state is null', { state: null }],
    ['event_type_id unknown event type 19', { event_type_id: 19 }],
    ['message_id is null', { message_id: null }],
    ['search_key is null', { search_key: null }],
    ['requester_metadata is not valid JSON: {"a": NaN}', { requester_metadata: '{"a": NaN}' }],
    [
      'requester_metadata is nested too deep',
      { requester_metadata: `${'['.repeat(5000)}${']'.repeat(5000)}` },
    ],
    ['has the message_id of row 1', { message_id: 'ID:bus-1.RHSA-2026:1' }],
  ]
  const ODD_BUILDS: [reason: string, FreshmakerRow][] = [
    ['name is null', { name: null }],
    ['state unknown build state 5', { state: 5 }],
    ['type unknown artifact type -1', { type: -1 }],
    ['rebuild_reason unknown rebuild reason 3', { rebuild_reason: 3 }],
    ["build_args is not valid JSON: {'a': 1}", { build_args: "{'a': 1}" }],
    ['time_submitted is null', { time_submitted: null }],
    ['its event 500 is not imported', { event_id: 500 }],
    ['its event 10 is not imported', { event_id: 10 }],
    ['has the rebuilt_nvr of build 1', { rebuilt_nvr: 'image-1-container-1.0-1.1763700000' }],
    ['has the original_nvr in its event of build 1', { original_nvr: 'image-1-container-1.0-1' }],
  ]

  it('loses only the odd row itself, reported with its id and reason', async () => {
    const from = await freshmaker()
    await from.insert({
      users: [
        { id: 1, username: null },
        { id: 2, username: 'root' },
      ],
      events: [
        freshmakerEvent(1),
        ...ODD_EVENTS.map(([, fields], index) => freshmakerEvent(10 + index, fields)),
        freshmakerEvent(99),
      ],
      artifact_builds: [
        freshmakerBuild(1, 1),
        ...ODD_BUILDS.map(([, fields], index) => freshmakerBuild(10 + index, 1, fields)),
        freshmakerBuild(98, 99, { dep_on_id: 10 }),
        freshmakerBuild(99, 99),
      ],
      composes: [
        { id: 1, odcs_compose_id: null },
        { id: 2, odcs_compose_id: 7002 },
        { id: 3, odcs_compose_id: 7002 },
      ],
      artifact_build_composes: [
        { build_id: 1, compose_id: 1 },
        { build_id: 1, compose_id: 2 },
        { build_id: 10, compose_id: 2 },
        { build_id: 99, compose_id: 3 },
        { build_id: 99, compose_id: 4 },
      ],
      event_dependencies: [
        { id: 1, event_id: 99, event_dependency_id: 10 },
        { id: 2, event_id: 99, event_dependency_id: 1 },
        { id: 3, event_id: 99, event_dependency_id: null },
      ],
    })
    const to = await target()
    const dry = await importFrom(from, to, { dryRun: true })
    const report = await importFrom(from, to)
    const reasons = report.refused.map(({ table, id, reason }) => `${table} ${id}: ${reason}`)
    expect(new Set(reasons)).toEqual(
      new Set([
        'users 1: username is null',
        ...ODD_EVENTS.map(([reason], index) => `events ${10 + index}: ${reason}`),
        ...ODD_BUILDS.map(([reason], index) => `artifact_builds ${10 + index}: ${reason}`),
        'composes 1: odcs_compose_id is null',
        'artifact_build_composes 1-1: odcs_compose_id is null',
        'artifact_build_composes 10-2: its build 10 is not imported',
        'artifact_build_composes 99-4: odcs_compose_id is null',
        'event_dependencies 1: its event 10 is not imported',
        'event_dependencies 3: event_dependency_id is null',
      ]),
    )
    expect(report.changed).toEqual([
      { table: 'artifact_builds', id: '98', reason: 'its parent, build 10, is not imported' },
    ])
    // Only a dry run cannot know of the event that was refused for the one before it.
    const known = ({ table, id }: { table: string; id: string }) => table !== 'events' || id !== '17'
    expect(dry.refused.filter(known)).toEqual(report.refused.filter(known))
    const ids = async (table: string) => (await columns(to.db, table)).map(({ id }) => id)
    expect(await ids('events')).toEqual([1, 99])
    expect(await ids('artifact_builds')).toEqual([1, 98, 99])
    expect(await ids('composes')).toEqual([2])
    expect(await ids('event_dependencies')).toEqual([2])
    const once = await dumpOf(to.db)
    expect(once.links).toEqual(['(1,2)', '(99,2)'])
    expect((await importFrom(from, to)).refused).toEqual(report.refused)
    expect(await dumpOf(to.db)).toEqual(once)
  })

  it('keeps, of the builds of a message that was handled twice, those that are DONE, else those that run', async () => {
    const from = await freshmaker()
    const [BUILD, FAILED, PLANNED] = [0, 2, 4]
    const same = (original_nvr: string, fields: FreshmakerRow) => ({ original_nvr, ...fields })
    await from.insert({
      events: [freshmakerEvent(1), freshmakerEvent(2, { state: 1, time_done: null })],
      artifact_builds: [
        freshmakerBuild(1, 1, same('a-1-1', { state: FAILED })),
        freshmakerBuild(2, 1, same('a-1-1', { dep_on_id: 1 })),
        freshmakerBuild(3, 1, same('a-1-1', {})),
        freshmakerBuild(4, 1, same('b-1-1', { state: FAILED })),
        freshmakerBuild(5, 1, same('b-1-1', { state: FAILED })),
        freshmakerBuild(6, 2, same('c-1-1', { state: PLANNED })),
        freshmakerBuild(7, 2, same('c-1-1', { state: BUILD, time_completed: null })),
      ],
    })
    const to = await target()
    const { refused } = await importFrom(from, to, { withRunning: true })
    expect(refused).toEqual(
      [
        [1, 2],
        [3, 2],
        [5, 4],
        [6, 7],
      ].map(([id, kept]) => ({
        table: 'artifact_builds',
        id: String(id),
        reason: `has the original_nvr in its event of build ${kept}`,
      })),
    )
    const builds = await columns(to.db, 'artifact_builds')
    expect(builds.map(({ id, state }) => [id, state])).toEqual([
      [2, 1],
      [4, 2],
      [7, 0],
    ])
    expect((await importFrom(from, to, { withRunning: true })).refused).toEqual(refused)
  })

  it('has texts and JSON that PostgreSQL can hold', async () => {
    const from = await freshmaker()
    const hostile = HOSTILE_PARTS.join(' ').toWellFormed()
    // PostgreSQL itself holds no NUL.
    const text = kind === 'sqlite' ? hostile : hostile.replaceAll('\0', '')
    const json = JSON.stringify({ [hostile]: [hostile, '\ud800'] })
    await from.insert({
      users: [{ id: 1, username: text }],
      events: [
        freshmakerEvent(1, {
          message_id: text.repeat(50),
          requester: text.repeat(50),
          state_reason: text,
          requester_metadata: json,
        }),
      ],
      artifact_builds: [
        freshmakerBuild(1, 1, { name: text, rebuilt_nvr: text.repeat(60), build_args: json }),
      ],
    })
    const to = await target()
    const report = await importFrom(from, to)
    expect(report.refused).toEqual([])
    expect(countsOf(report)).toMatchObject({
      users: [1, 0, 0, 0],
      events: [1, 0, 0, 0],
      artifact_builds: [1, 0, 0, 0],
    })
    const [row] = await to.db
      .fork()
      .execute<{ args: object }[]>('select build_args::jsonb as args from artifact_builds')
    expect(Object.values(row?.args ?? {})).toEqual([[expect.any(String), '\ufffd']])
    const again = await importFrom(from, to)
    expect(countsOf(again)).toMatchObject({ events: [0, 1, 0, 0], artifact_builds: [0, 1, 0, 0] })
  })
})
