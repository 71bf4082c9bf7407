/** The clock that all machines share: it follows that of the database, and reports a machine whose own clock differs. */
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { claimBuild } from '../../../src/commands/submit/build-claim.ts'
import { LEASE_MS } from '../../../src/commands/submit/hold-claim.ts'
import { createDatabaseClock, keepComparing } from '../../../src/db/database-clock.ts'
import { createLog } from '../../../src/lib/log.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { eventually } from '../../support/eventually.ts'

const HOUR_MS = 3_600_000
/** Differences below this come from the time that statements take here; those under test are hours. */
const NEARLY_MS = 60_000
const SILENT = createLog('silent')

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

/** The clock of a machine that is ahead by `aheadMs`, which may be changed. */
function machine(aheadMs: number) {
  const state = { aheadMs }
  return { state, now: () => new Date(Date.now() + state.aheadMs) }
}

/** What a machine whose clock is ahead by this much logs. */
async function logged(aheadMs: readonly number[]): Promise<{ msg: string; aheadMs?: number }[]> {
  const lines: string[] = []
  const log = pino({}, { write: (line) => void lines.push(line) })
  const { state, now } = machine(0)
  const clock = createDatabaseClock(now)
  for (const ahead of aheadMs) {
    state.aheadMs = ahead
    await clock.compare(ctx.db, log)
  }
  return lines.map((line) => JSON.parse(line)) // written by pino
}

/** Milliseconds by which a time is ahead of the clock of the test's machine, which is that of its database too. */
const aheadOf = (time: Date) => time.getTime() - Date.now()

describe('the clock of the database', () => {
  it.each([0, HOUR_MS, -HOUR_MS])('is followed by a machine that is ahead by %i ms', async (aheadMs) => {
    const clock = createDatabaseClock(machine(aheadMs).now)
    expect(Math.abs(aheadOf(clock.now()) - aheadMs)).toBeLessThan(NEARLY_MS)
    await clock.compare(ctx.db, SILENT)
    expect(Math.abs(aheadOf(clock.now()))).toBeLessThan(NEARLY_MS)
  })

  it('is followed also when that of the machine is set', async () => {
    const { state, now } = machine(0)
    const clock = createDatabaseClock(now)
    await clock.compare(ctx.db, SILENT)
    state.aheadMs = HOUR_MS
    expect(Math.abs(aheadOf(clock.now()))).toBeLessThan(NEARLY_MS)
  })

  it('is compared again and again', async () => {
    const clock = createDatabaseClock(machine(HOUR_MS).now)
    const comparing = keepComparing(clock, ctx.db, SILENT)
    onTestFinished(comparing.stop)
    await eventually(
      () => Math.abs(aheadOf(clock.now())),
      (differenceMs) => differenceMs < NEARLY_MS,
    )
  })

  it('keeps a machine whose clock is ahead from taking the claim of another one', async () => {
    const clock = createDatabaseClock(machine(HOUR_MS).now)
    await clock.compare(ctx.db, SILENT)
    const id = await makeBuild(ctx, await makeEvent(ctx))
    expect(await claimBuild(ctx, id, LEASE_MS)).toBeDefined()
    const second = claimBuild({ ...ctx, now: clock.now }, id, LEASE_MS)
    await expect(second).rejects.toThrow('another run is submitting it')
  })
})

describe('the clock of a machine', () => {
  it('gives no warning while it agrees with that of the database', async () => {
    expect(await logged([0, 1500, -1500])).toEqual([])
  })

  it.each([HOUR_MS, -HOUR_MS])(
    'is reported once when it is ahead by %i ms, and when it agrees again',
    async (ahead) => {
      const [warning, agreed, ...others] = await logged([ahead, ahead, 0, 0])
      expect(warning?.msg).toBe('the clock of this machine differs from that of the database')
      // What the statement took does not count as a difference.
      expect((warning?.aheadMs ?? 0) / ahead).toBeGreaterThan(0.9)
      expect((warning?.aheadMs ?? 0) / ahead).toBeLessThanOrEqual(1)
      expect(agreed?.msg).toBe('the clock of this machine agrees with that of the database')
      expect(others).toEqual([])
    },
  )
})
