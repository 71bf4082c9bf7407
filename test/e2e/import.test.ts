/** `freshwave import freshmaker` as operators run it: output, exit codes, and an import that is killed again and again. */
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database/database.ts'
import {
  createFreshmaker,
  FRESHMAKER_KINDS,
  type FreshmakerDatabase,
} from '../support/database/freshmaker-database.ts'
import {
  freshmakerBuild,
  freshmakerEvent,
  freshmakerHistory,
} from '../support/database/freshmaker-history.ts'
import { dumpOf } from '../support/database/imports.ts'
import { startCommand } from '../support/programs/command-line.ts'

const SIZE = { events: 2100, names: 100, composes: 50 }
const KILLS = 5

async function target(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  onTestFinished(database.drop)
  return database
}

async function freshmaker(kind: (typeof FRESHMAKER_KINDS)[number] = 'sqlite'): Promise<FreshmakerDatabase> {
  const database = await createFreshmaker(kind)
  onTestFinished(database.drop)
  return database
}

const start = ({ url }: { url: string }, ...args: string[]) =>
  startCommand(['import', 'freshmaker', ...args], { env: { DATABASE_URL: url } })
const run = (to: { url: string }, ...args: string[]) => start(to, ...args).ended

describe('freshwave import freshmaker', () => {
  it('shows its progress, what it has imported, and every row that it has not', async () => {
    const from = await freshmaker()
    await from.insert({
      users: [{ id: 1, username: 'root' }],
      events: [freshmakerEvent(1), freshmakerEvent(2, { state: 7 }), freshmakerEvent(3, { state: 1 })],
      artifact_builds: [
        freshmakerBuild(1, 1, { dep_on_id: 2 }),
        freshmakerBuild(2, 1, { build_args: '{\u001b[2J' }),
        freshmakerBuild(3, 3),
      ],
    })
    const to = await target()
    const dry = await run(to, '--from', from.from, '--dry-run')
    expect([dry.code, dry.out]).toEqual([1, expect.stringMatching(/^TABLE +WOULD BE IMPORTED +ALREADY HERE/)])
    const { code, out, err } = await run(to, '--from', from.from)
    expect(code).toBe(1)
    expect(err).toContain('events: 3 of 3\n')
    expect(out.replace(/ +/g, ' ')).toBe(
      [
        'TABLE IMPORTED ALREADY HERE LEFT OUT REFUSED',
        'users 1 0 0 0',
        'events 1 0 1 1',
        'composes 0 0 0 0',
        'artifact_builds 1 0 1 1',
        'artifact_build_composes 0 0 0 0',
        'event_dependencies 0 0 0 0',
        '',
        'Left out, with everything that belongs to them: events that have not ended (1). See --with-running.',
        '',
        'Refused:',
        ' events 2: state unknown event state 7',
        ' artifact_builds 2: build_args is not valid JSON: {\\x1b[2J',
        '',
        'Imported without their parents:',
        ' artifact_builds 1: its parent, build 2, is not imported',
        '',
      ].join('\n'),
    )
    const json = JSON.parse((await run(to, '--from', from.from, '--json')).out)
    expect(json).toMatchObject({
      dry_run: false,
      tables: { events: { imported: 0, present: 1, left_out: 1, refused: 1 } },
      refused: [{ table: 'events', id: '2', reason: 'state unknown event state 7' }, { id: '2' }],
      without_parent: [{ id: '1' }],
      conflicts: [],
    })
  })

  it('ends with 0 when everything is imported, and with 2 when nothing is', async () => {
    const from = await freshmaker()
    await from.insert({ events: [freshmakerEvent(1)], artifact_builds: [freshmakerBuild(1, 1)] })
    const to = await target()
    expect(await run(to, '--from', from.from)).toMatchObject({ code: 0 })
    await to.db.fork().execute(`update events set message_id = 'another'`)
    const conflict = await run(to, '--from', from.from)
    expect([conflict.code, conflict.out]).toEqual([2, ''])
    expect(conflict.err).toContain(
      'Nothing is imported: these ids are already used for other things here.\n  events 1: here message_id another, in Freshmaker message_id ID:bus-1',
    )
    expect(await run(to)).toMatchObject({ code: 2, err: expect.stringContaining('--from <database>') })
    const secret = 'postgres://freshmaker:secret@127.0.0.1:1/x'
    const unreachable = await run(to, '--from', secret)
    expect(unreachable).toMatchObject({ code: 2, out: '' })
    expect(unreachable.err).toMatch(
      /^--from: PostgreSQL at postgres:\/\/127\.0\.0\.1:1\/x cannot be read: .*\n$/,
    )
    const none = to.url.replace(/\/\/[^@/]*@?([^/]*)\/.*/, '//postgres:secret@$1/none')
    const elsewhere = await run({ url: none }, '--from', from.from)
    expect([elsewhere.code, elsewhere.err.includes('secret')]).toEqual([2, false])
    expect(elsewhere.err).toMatch(/^DATABASE_URL: /)
  })

  it.each(FRESHMAKER_KINDS)(
    `that reads %s ends like one that was not killed, after ${KILLS} kills`,
    async (kind) => {
      const from = await freshmaker(kind)
      for (const rows of freshmakerHistory(SIZE)) await from.insert(rows)
      await from.insert({
        events: [freshmakerEvent(5000, { state: 1, time_done: null })],
        artifact_builds: [
          freshmakerBuild(50_000, 5000, { state: 0, time_completed: null }),
          freshmakerBuild(50_001, 5000, { dep_on_id: 50_000 }),
          freshmakerBuild(50_002, 5),
          freshmakerBuild(50_003, 5, { original_nvr: 'forward-1-1', rebuilt_nvr: null, dep_on_id: 50_002 }),
        ],
      })
      const [once, killed] = [await target(), await target()]
      const args = ['--from', from.from, '--with-running']
      expect((await run(once, ...args)).code).toBe(0)
      const lines = fc.sample(fc.integer({ min: 1, max: 30 }), KILLS)
      for (const count of lines) await killAfter(killed, args, count)
      expect((await run(killed, ...args)).code, `killed after lines ${lines.join()}`).toBe(0)
      expect(await dumpOf(killed.db), `killed after lines ${lines.join()}`).toEqual(await dumpOf(once.db))
    },
  )
})

/** Kills an import when it has written so many lines of progress, or lets it end if it writes fewer. */
async function killAfter(to: { url: string }, args: readonly string[], lines: number): Promise<void> {
  const { child, ended } = start(to, ...args)
  let written = 0
  child.stderr?.on('data', (text: string) => {
    written += text.split('\n').length - 1
    if (written >= lines) child.kill('SIGKILL')
  })
  await ended
}
