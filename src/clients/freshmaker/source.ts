/** Opens a database of Freshmaker, PostgreSQL or SQLite, to read from. */
import { messageOf } from '../../lib/errors.ts'
import { addressOf } from '../../lib/until-reachable.ts'
import { openPostgres } from './postgres.ts'
import type { Connection } from './schema.ts'
import { openSqlite } from './sqlite.ts'

/** A database of Freshmaker. Its failures are `SourceUnusable`. */
export type FreshmakerSource = Connection & {
  /** Without secrets. */
  address: string
}

/** The database cannot be used; the message is one sentence that names it, without secrets. */
export class SourceUnusable extends Error {
  override readonly name = 'SourceUnusable'
}

/** `postgresql+psycopg2://` is how the settings of Freshmaker write it. */
const POSTGRES = /^postgres(?:ql)?(?:\+\w+)?:\/\//
const SQLITE = /^sqlite:\/\/\//

/**
 * @param database the address of a PostgreSQL, or a file: its path, or `sqlite:///` and its path
 * @throws SourceUnusable
 */
export async function openSource(database: string): Promise<FreshmakerSource> {
  if (POSTGRES.test(database)) {
    const url = database.replace(POSTGRES, 'postgres://')
    if (!URL.canParse(url))
      throw new SourceUnusable('--from: is not a valid address of a PostgreSQL database')
    const address = addressOf(url)
    return reporting(`PostgreSQL at ${address}`, address, () => openPostgres(url))
  }
  if (/^\w[\w+.-]*:\/\//.test(database) && !SQLITE.test(database))
    throw new SourceUnusable('--from: expected postgres://HOST/DATABASE, or the path of an SQLite file')
  const path = database.replace(SQLITE, '')
  return reporting(`the SQLite file ${path}`, path, () => openSqlite(path))
}

/** Makes every failure one sentence that names the database. */
async function reporting(
  what: string,
  address: string,
  open: () => Promise<Connection>,
): Promise<FreshmakerSource> {
  const named = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw new SourceUnusable(`--from: ${what} cannot be read: ${messageOf(error)}`)
    }
  }
  const connection = await named(open)
  return {
    address,
    read: (sql, values = []) => named(() => connection.read(sql, values)),
    close: () => connection.close(),
  }
}
