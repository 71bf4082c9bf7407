/** The clock of a machine: a start warns when it differs from that of the database. */
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareClocks } from '../../../src/db/compare-clocks.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database/database.ts'

const HOUR_MS = 3_600_000

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

/** What a machine whose clock is ahead by this much logs. */
async function warningsAt(aheadMs: number): Promise<{ msg: string; aheadMs: number }[]> {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
  await compareClocks({ db: test.db, now: () => new Date(Date.now() + aheadMs) }, log)
  return lines.map((line) => JSON.parse(line)) // written by pino
}

describe('the clock of a machine', () => {
  it('gives no warning while it agrees with that of the database', async () => {
    expect(await warningsAt(0)).toEqual([])
    expect(await warningsAt(1500)).toEqual([])
    expect(await warningsAt(-1500)).toEqual([])
  })

  it.each([HOUR_MS, -HOUR_MS])('is reported when it is ahead by %i ms', async (aheadMs) => {
    const [warning, ...others] = await warningsAt(aheadMs)
    expect(warning?.msg).toBe('the clock of this machine differs from that of the database')
    // What the statement took does not count as a difference.
    expect((warning?.aheadMs ?? 0) / aheadMs).toBeGreaterThan(0.9)
    expect((warning?.aheadMs ?? 0) / aheadMs).toBeLessThanOrEqual(1)
    expect(others).toEqual([])
  })
})
