/** Reads a PostgreSQL database, every value as the text that the server writes. */
import type pg from 'pg'
import { createClient } from '../../db/client.ts'
import type { Connection, SourceRow } from './schema.ts'

const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value }

/** One connection and one transaction, which reads the state of its begin. */
export async function openPostgres(url: string): Promise<Connection> {
  const client = createClient(url, 'freshwave import')
  await client.connect()
  await client.query(`set datestyle = 'iso'; set timezone = 'utc'; set bytea_output = 'hex'`)
  await client.query('begin transaction isolation level repeatable read read only')
  return {
    async read(text, values = []) {
      const { rows } = await client.query<SourceRow>({ text, values: [...values], types: AS_TEXT })
      return rows
    },
    close: () => client.end(),
  }
}
