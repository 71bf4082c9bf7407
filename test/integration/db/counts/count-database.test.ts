import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countDatabase } from '../../../../src/db/counts/count-database.ts'
import { type Database, openDatabase } from '../../../../src/db/orm.ts'
import { createMetrics, type Metrics } from '../../../../src/lib/metrics/metrics.ts'
import { createEmptyDatabase, dropDatabase } from '../../../support/database/database.ts'

let url: string
let db: Database
let metrics: Metrics
beforeEach(async () => {
  url = await createEmptyDatabase()
  metrics = createMetrics()
  db = countDatabase(openDatabase(url, 3), metrics)
})
afterEach(async () => {
  await db.close()
  await dropDatabase(url)
})

describe('a counted database', () => {
  it('counts each connection once, however often it is used', async () => {
    await db.fork().execute('select 1')
    await db.fork().execute('select 1')
    expect(metrics.takeIncrements()).toEqual({ db_engine_connect: 1 })
    await Promise.all([1, 2].map(() => db.transaction((em) => em.execute('select pg_sleep(0.1)'))))
    expect(metrics.takeIncrements()).toEqual({ db_engine_connect: 1 })
  })

  it('counts statements that fail, and throws their error all the same', async () => {
    await expect(db.fork().execute('select nothing')).rejects.toThrow('nothing')
    expect(metrics.takeIncrements()).toEqual({ db_engine_connect: 1, db_handle_error: 1 })
  })

  it('counts transactions that are rolled back, whatever the reason', async () => {
    await expect(
      db.transaction(async (em) => {
        await em.execute('create table t (a int)')
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    expect(metrics.takeIncrements()).toEqual({ db_engine_connect: 1, db_transaction_rollback: 1 })
    await expect(db.transaction((em) => em.execute('select * from t'))).rejects.toThrow('"t" does not exist')
    expect(metrics.takeIncrements()).toEqual({ db_handle_error: 1, db_transaction_rollback: 1 })
  })

  it('counts nothing when all goes well, and returns what the work returned', async () => {
    expect(await db.transaction(async () => 7)).toBe(7)
    expect(metrics.takeIncrements()).toEqual({ db_engine_connect: 1 })
  })
})
