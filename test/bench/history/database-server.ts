/** A separate PostgreSQL for the benches, removed at the end: on a shared server, other work would affect the numbers. */
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { dataFolder, serverOwner } from '../../../src/db/embedded/binaries.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../../src/db/embedded/server.ts'
import { createLog } from '../../../src/lib/log.ts'

const FOLDER = join('.freshwave', 'bench')
const STOP_PATIENCE_MS = 10_000

/** The server, which starts when the first database is created. */
export type DatabaseServer = {
  /** Creates an empty database and returns its address. */
  newDatabase(): Promise<string>
  /** Stops it and removes its files, including those of an earlier run that was killed. */
  stop(): Promise<void>
}

/** Does not start the server yet. */
export function openDatabaseServer(): DatabaseServer {
  let server: EmbeddedPostgres | undefined
  return {
    async newDatabase() {
      server ??= await openEmbeddedPostgres(FOLDER, createLog('silent'))
      const name = `bench_${randomBytes(4).toString('hex')}`
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      return server.url.replace(/\/[^/]*$/, `/${name}`)
    },
    async stop() {
      if (server) await stopAndRemove(server)
    },
  }
}

async function stopAndRemove(server: EmbeddedPostgres): Promise<void> {
  await server.close()
  const data = dataFolder(join(process.cwd(), FOLDER), serverOwner())
  const giveUpAt = Date.now() + STOP_PATIENCE_MS
  while (existsSync(join(data, 'postmaster.pid'))) {
    if (Date.now() > giveUpAt)
      return console.error(`PostgreSQL is still in use; keeping its files in ${data}`)
    await sleep(200)
  }
  for (const folder of [data, FOLDER]) rmSync(folder, { recursive: true, force: true })
}
