/** Importing into a database that has the same ids or names: what is taken over, and what is refused. */
import { describe, expect, it } from 'vitest'
import type { ImportReport } from '../../../../src/domain/import/report.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { untilLockIsAwaited } from '../../../support/database/awaited-locks.ts'
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

describe.each(FRESHMAKER_KINDS)('a Freshmaker in %s', (kind) => {
  const freshmaker = () => emptyFreshmaker(kind)

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
    expect(await rowsOf(to.db, 'users')).toEqual([
      { id: 1, username: 'root' },
      { id: 5, username: 'leia' },
    ])
  })
})
