/** Holding the claim on a try: it lasts as long as the work, but not when another run has taken it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { LEASE_MS, whileHolding } from '../../../../src/commands/submit/hold-claim.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

async function claimed() {
  const build = await claimBuild(ctx, await makeBuild(ctx, await makeEvent(ctx)), LEASE_MS)
  if (!build) throw new Error('not claimed')
  return build
}

it('a run renews the claim while the work runs', async () => {
  const build = await claimed()
  const until = () => buildColumn(ctx, build.id, 'submit_claim_until')
  const first = await until()
  await whileHolding(ctx, build, async (isHeld) => {
    await eventually(until, (now) => String(now) !== String(first))
    expect(isHeld()).toBe(true)
  })
})

it('a run does not hold a claim that has passed to another run, however often it renews', async () => {
  const build = await claimed()
  const looks: boolean[] = []
  await whileHolding(ctx, build, async (isHeld) => {
    const pass = 'update artifact_builds set submit_claim = ? where id = ?'
    await ctx.db.fork().execute(pass, [crypto.randomUUID(), build.id])
    await eventually(
      async () => isHeld(),
      (held) => !held,
      LEASE_MS / 2,
    )
    await eventually(
      async () => looks.push(isHeld()),
      (count) => count > 5,
    )
  })
  expect(looks).not.toContain(true)
})

it('a run does not count on a claim for longer than it lasts when taking it took long', async () => {
  const id = await makeBuild(ctx, await makeEvent(ctx))
  const { claiming, releasedAt } = await ctx.db.transaction(async (em) => {
    await em.execute('select 1 from artifact_builds where id = ? for update', [id])
    const claiming = claimBuild(ctx, id, LEASE_MS)
    const waiting =
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await eventually(
      () => ctx.db.fork().execute<object[]>(waiting),
      (rows) => rows.length > 0,
    )
    return { claiming, releasedAt: performance.now() }
  })
  const build = await claiming
  if (!build) throw new Error('not claimed')
  expect(build.claimedAt).toBeLessThan(releasedAt)
  const claimedAt = performance.now() - LEASE_MS
  await whileHolding(ctx, { ...build, claimedAt }, async (isHeld) => {
    expect(isHeld()).toBe(false)
    await eventually(async () => isHeld(), Boolean)
  })
})
