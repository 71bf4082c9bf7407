/** "Ready to submit" has one meaning: claim, sweep, free slots and the state machine's wake-ups agree on random events. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { dueBuilds, readyAmong } from '../../../../src/db/queries/due-work.ts'
import { readyBuilds } from '../../../../src/db/queries/running-tasks.ts'
import { dropClaim } from '../../../../src/db/queries/submit/build-claim.ts'
import type { Fact } from '../../../../src/domain/rebuild/transition/facts.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import {
  type BuildModel,
  type EventModel,
  eventModel,
  isReady,
  NOW,
  storeModel,
} from '../../../support/rebuild/random-builds.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = { ...(await createTestContext()), now: () => NOW }
})
afterAll(() => ctx.drop())

const readyIds = async (ids: number[]) =>
  new Set((await readyAmong(ctx.db.fork(), ids)).map((build) => build.id))

describe('ready to submit', () => {
  it('means the same to sweep, free slots and claims', async () => {
    await fc.assert(
      fc.asyncProperty(eventModel, async (model) => {
        const { ids } = await storeModel(ctx, model)
        const idsWhere = (holds: (build: BuildModel) => boolean) =>
          ids.filter((_, index) => {
            const build = model.builds[index]
            return build && isReady(model, index) && holds(build)
          })
        const ours = (found: number[]) => found.filter((id) => ids.includes(id)).sort((a, b) => a - b)
        const em = ctx.db.fork()
        expect([...(await readyIds(ids))].sort((a, b) => a - b)).toEqual(idsWhere(() => true))
        const due = (await dueBuilds(em, NOW)).map((build) => build.id)
        expect(ours(due)).toEqual(idsWhere((build) => !build.isDelayed))
        const startable = idsWhere((build) => !build.isDelayed && !build.isClaimed)
        expect(ours(await readyBuilds(em, { limit: 100_000, roomOn: null, now: NOW }))).toEqual(startable)
        const roomOn = { used: new Map(), each: 100_000, spare: 0 }
        expect(ours(await readyBuilds(em, { limit: 100_000, roomOn, now: NOW }))).toEqual(startable)
        const claims = await Promise.allSettled(ids.map((id) => claimBuild(ctx, id, 60_000)))
        const claimed = claims.flatMap((claim) => (claim.status === 'fulfilled' && claim.value) || [])
        expect(claimed.map((claim) => claim.id)).toEqual(startable)
        for (const { id, claim } of claimed) await dropClaim(em, id, claim)
      }),
      { numRuns: 150 },
    )
  })

  it('is reached by no fact that does not wake the build', async () => {
    const step = fc.record({
      model: eventModel,
      kind: fc.constantFrom(1, 1, 1, 2, 3, 4),
      index: fc.nat({ max: 4 }),
    })
    let woken = 0
    await fc.assert(
      fc.asyncProperty(step, async ({ model, kind, index }) => {
        const { event, ids } = await storeModel(ctx, model)
        const before = await readyIds(ids)
        const fact = factOf(model, event, ids, kind, index)
        const { wake } = await applyFact(ctx, event, fact)
        const after = await readyIds(ids)
        const becameReady = [...after].filter((id) => !before.has(id))
        expect(wake).toEqual(expect.arrayContaining(becameReady))
        woken += becameReady.length
      }),
      { numRuns: 250 },
    )
    expect(woken).toBeGreaterThan(5)
  })
})

/** A fact about a running build where there is one, since only those can end. */
function factOf(model: EventModel, event: number, ids: number[], kind: number, choice: number): Fact {
  const running = ids.keys().filter((at) => model.builds[at]?.state === 'BUILD')
  const candidates = [...running, ...ids.keys()]
  const index = candidates[choice % Math.max(1, candidates.length - ids.length)] ?? 0
  const buildId = ids[index] ?? 0
  const taskId = 100_000_000 + event * 10 + index
  const facts: Fact[] = [
    { kind: 'plan-recorded', whenEmpty: 'nothing to rebuild' },
    { kind: 'task-closed', buildId, taskId, verification: { ok: true } },
    { kind: 'task-failed', buildId, taskId, detail: 'a test failure' },
    { kind: 'submission-refused', buildId, reason: 'a test reason' },
    { kind: 'task-canceled', buildId, taskId },
  ]
  const fact = facts[model.state === 'INITIALIZED' ? 0 : kind]
  if (!fact) throw new Error(`no fact ${kind}`)
  return fact
}
