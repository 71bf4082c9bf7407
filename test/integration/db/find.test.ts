/** Checks what DATABASE_URL may lead to: PostgreSQL, but not a pooler whose clients share sessions. */
import { expect, it, onTestFinished } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { findDatabase } from '../../../src/db/find.ts'
import { createLog } from '../../../src/lib/log.ts'
import { sharedServer } from '../../support/database/database.ts'
import { hasPgBouncer, type PoolMode, startPgBouncer } from '../../support/servers/pgbouncer.ts'

const find = (DATABASE_URL: string) =>
  findDatabase(
    { env: readEnvironment({ DATABASE_URL }), file: parseSettings('start_patience_s: 0', 'test settings') },
    createLog('silent'),
  )

async function poolerIn(mode: PoolMode): Promise<string> {
  const { url } = await sharedServer()
  const pooler = await startPgBouncer(url, mode)
  onTestFinished(pooler.stop)
  return pooler.url
}

it('the start accepts PostgreSQL', async () => {
  const { url } = await sharedServer()
  expect(await find(url)).toMatchObject({ url })
})

it.skipIf(!hasPgBouncer)('the start accepts PgBouncer in session mode', async () => {
  const url = await poolerIn('session')
  expect(await find(url)).toMatchObject({ url })
})

it.skipIf(!hasPgBouncer).each(['transaction', 'statement'] as const)(
  'the start refuses PgBouncer in %s mode at once',
  async (mode) => {
    const url = await poolerIn(mode)
    await expect(find(url)).rejects.toThrow(
      /^DATABASE_URL: PostgreSQL at \S+ cannot be used: it is a pooler in transaction mode; set PostgreSQL itself, /,
    )
  },
)
