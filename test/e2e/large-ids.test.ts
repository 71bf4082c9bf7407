/** Ids of 64-bit columns beyond 2^31, which messages on a busy bus use up within years: a rebuild, its pages, lists and replays. */
import { expect, it, onTestFinished } from 'vitest'
import { startWeb } from '../../src/api/server.ts'
import { withClient } from '../../src/db/client.ts'
import { deleteOldRows } from '../../src/db/queries/old-rows.ts'
import { createDatabase } from '../support/database/database.ts'
import { eventually } from '../support/eventually.ts'
import { runCommand } from '../support/programs/command-line.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const FIRST = 2 ** 31

/** A database in which every 64-bit id has passed 2^31. */
async function createOldDatabase(): Promise<string> {
  const url = await createDatabase()
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ sequence: string }>(
      `select pg_get_serial_sequence(table_name, column_name) as sequence from information_schema.columns
        where table_schema = 'public' and data_type = 'bigint' and column_default like 'nextval%'`,
    )
    expect(rows.map(({ sequence }) => sequence)).toContain('public.inbox_id_seq')
    for (const { sequence } of rows) await client.query(`select setval($1, $2)`, [sequence, FIRST])
  })
  return url
}

it('the service rebuilds, shows, replays and deletes as with small ids', async () => {
  const { world, pipeline } = await runningPipeline(
    { catalogue: affectedImages(5) },
    { env: { DATABASE_URL: await createOldDatabase(), PORT: '0' } },
  )
  const { ctx } = pipeline
  const web = await startWeb(ctx)
  onTestFinished(web.stop)
  // biome-ignore lint/suspicious/noExplicitAny: tests read JSON of every shape
  const get = async (path: string): Promise<any> => (await fetch(`${web.url}${path}`)).json()

  world.ship(ADVISORY)
  const event = await pipeline.untilEnded(ADVISORY)
  expect(event.state).toBe('COMPLETE')
  const [lowest] = await ctx.db.fork().execute<Record<string, string>[]>(
    `select (select min(id) from inbox) as inbox, (select min(id) from outbox) as outbox,
            (select min(position) from outbox_positions) as position, (select min(id) from considered_images) as considered,
            (select min(id) from build_tries) as tries, (select min(id) from build_durations) as durations`,
  )
  expect(Object.values(lowest ?? {})).toHaveLength(6)
  for (const [table, id] of Object.entries(lowest ?? {}))
    if (table !== 'position') expect([table, Number(id) > FIRST]).toEqual([table, true])
  expect(await get(`/api/2/events/${event.id}/why?per_page=2&cursor=`)).toMatchObject({
    meta: { next: expect.any(String) },
  })

  await world.bus.publish('VirtualTopic.eng.errata.activity.status', '{') // cannot be read
  const { items } = await eventually(
    () => get('/api/2/inbox?state=failed'),
    (list: { items: { id: number }[] }) => list.items.length > 0,
  )
  const id = items[0]?.id ?? 0
  expect(id).toBeGreaterThan(FIRST)
  const shown = await fetch(`${web.url}/ui/inbox/${id}`)
  expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining(`Message ${id}`)])
  const replayed = await fetch(`${web.url}/api/2/inbox/${id}/replay`, { method: 'POST' })
  expect([replayed.status, await replayed.json()]).toMatchObject([200, { id, state: 'failed' }])
  const command = await runCommand(['replay', String(id), '--json', '--url', web.url])
  expect(command).toMatchObject({ code: 0, err: '' })
  const program = [process.execPath, 'src/ingest/replay.ts']
  const local = await runCommand([String(id)], {
    program,
    env: { DATABASE_URL: ctx.databaseUrl, LOG_LEVEL: 'silent' },
  })
  expect(local).toMatchObject({ code: 0, out: expect.stringContaining(`${id}\tfailed`) })
  const audit = await get(`/api/2/audit?subject=message+${id}&per_page=1&cursor=`)
  expect(audit.items[0]).toMatchObject({ action: 'replay', outcome: 'done', subject: `message ${id}` })
  expect((await get(new URL(audit.meta.next).pathname + new URL(audit.meta.next).search)).items).toHaveLength(
    1,
  )

  for (const missing of [id + 1, Number.MAX_SAFE_INTEGER]) {
    const answer = await fetch(`${web.url}/api/2/inbox/${missing}/replay`, { method: 'POST' })
    expect([answer.status, await answer.json()]).toMatchObject([404, { message: 'No such message found.' }])
  }
  const later = new Date(Date.now() + 1000)
  for (const table of ['inbox', 'outbox', 'audit'] as const)
    expect([table, (await deleteOldRows(ctx.db.fork(), table, later)) > 0]).toEqual([table, true])
})
