/** DATABASE_URL counts as a whole for every connection, also what follows the name of the database. */
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/db/orm.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'

it('makes no connection without TLS when the address requires it', async () => {
  const url = await createEmptyDatabase()
  onTestFinished(() => dropDatabase(url))
  const db = openDatabase(`${url}?sslmode=require`, 1)
  onTestFinished(db.close)
  await expect(db.fork().execute('select 1')).rejects.toThrow('The server does not support SSL connections')
})
