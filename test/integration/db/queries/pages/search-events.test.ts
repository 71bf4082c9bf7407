/** The search for events by the beginning of an image's name, whatever the order of texts in the database. */
import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { withClient } from '../../../../../src/db/client.ts'
import { migrate } from '../../../../../src/db/migrate.ts'
import { openDatabase } from '../../../../../src/db/orm.ts'
import { searchEvents } from '../../../../../src/db/queries/pages/search-events.ts'
import { dropDatabase, sharedServer } from '../../../../support/database/database.ts'

/** Sorted by the rules of English, hyphens and capitals hardly count: `ab`, `a-b-1`, `abc`, `a-b-c`. */
const ORDERS = { characters: `locale 'C'`, 'a language': `locale 'C' locale_provider icu icu_locale 'en-US'` }

const NAMES = ['ab', 'a-b-1', 'abc', 'a-b-c', 'A-b-d', 'ab2', 'a-bd', 'a_b-1', 'zz']

it.each(Object.entries(ORDERS))('finds all names in a database that sorts by %s', async (_order, locale) => {
  const { url: server } = await sharedServer()
  const name = `sorted_${randomBytes(6).toString('hex')}`
  await withClient(server, (client) =>
    client.query(`create database ${name} encoding 'UTF8' ${locale} template template0`),
  )
  const url = server.replace(/\/[^/]*$/, `/${name}`)
  const database = openDatabase(url, 2)
  onTestFinished(async () => {
    await database.close()
    await dropDatabase(url)
  })
  await migrate(database, url)
  const em = database.fork()
  for (const image of NAMES)
    await em.execute(
      `with event as (insert into events (message_id, search_key, event_type_id, state) values (?, ?, 10, 2) returning id)
       insert into artifact_builds (name, state, event_id) select ?, 1, id from event`,
      [image, image, image],
    )
  const namesFoundBy = async (text: string) => {
    const { ids } = await searchEvents(em, { text, states: [] }, { offset: 0, limit: 50 })
    if (ids.length === 0) return []
    const rows = await em.execute<{ name: string }[]>(
      'select name from artifact_builds where event_id in (?)',
      [ids],
    )
    return rows.map((row) => row.name).sort()
  }
  for (const text of ['a', 'a-', 'a-b', 'a-b-', 'ab', 'A', 'a_', 'z', 'b'])
    expect(await namesFoundBy(text)).toEqual(NAMES.filter((image) => image.startsWith(text)).sort())
})
