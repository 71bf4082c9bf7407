/** Writes a migration for the differences between the entities and the newest migration; review it before committing it. */
import { migrate } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/orm.ts'
import { oneFormOfArguments } from '../src/lib/refuse-arguments.ts'
import { createEmptyDatabase, dropDatabase } from '../test/support/database/database.ts'

oneFormOfArguments('node scripts/run.mjs scripts/create-migration.ts', [''])
const url = await createEmptyDatabase()
const database = openDatabase(url, 2)
await migrate(database, url)
const { fileName } = await database.orm.migrator.create()
console.log(fileName ? `written: src/db/migrations/${fileName}` : 'nothing to write')
await database.close()
await dropDatabase(url)
