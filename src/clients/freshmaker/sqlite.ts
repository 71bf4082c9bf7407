/** Reads an SQLite file, every value as text. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Connection } from './schema.ts'

/** How long to wait for another process that is writing; with the journal that Freshmaker uses, it locks the whole file. */
const LOCK_PATIENCE_MS = 10_000

/** One transaction, which reads the state of its begin; while it lasts, Freshmaker may have to wait to write. */
export async function openSqlite(path: string): Promise<Connection> {
  // Loaded only here: Node 22 has it, but warns that it is experimental.
  const { DatabaseSync: Database } = await import('node:sqlite')
  const database: DatabaseSync = new Database(path, { readOnly: true, timeout: LOCK_PATIENCE_MS })
  database.exec('begin')
  return {
    async read(sql, values = []) {
      const statement = database.prepare(sql)
      statement.setReadBigInts(true) // a number beyond the safe ones would be an error of the whole statement
      const byName = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))
      return statement
        .all(byName)
        .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])))
    },
    close: async () => database.close(),
  }
}

/** Bytes are written as PostgreSQL does. */
function textOf(value: SQLOutputValue): string | null {
  if (value === null) return null
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value)
}
