/** A try whose first run was killed and whose second one the hub refuses for good: the build ends, and is not sent again without end. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { submit } from '../../../../workers/submit.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { startWorld, type TestWorld } from '../../../support/lab/world.ts'

const LEASE_MS = 8000
const IMAGE = {
  originalNvr: 'httpd-24-container-1-283',
  args: {
    repository: 'containers/httpd-24',
    commit: 'a'.repeat(40),
    target: 'rhel-8-containers-candidate',
    branch: 'rhel-8.9.0',
  },
}

let world: TestWorld
let ctx: TestContext
let lateMs = 0
beforeAll(async () => {
  world = await startWorld()
  const own = await createTestContext(world.env)
  ctx = { ...own, now: () => new Date(Date.now() + lateMs) }
})
afterAll(async () => {
  await ctx.drop()
  await world.stop()
})

it('ends with the reason of the hub', async () => {
  const buildId = await makeBuild(ctx, await makeEvent(ctx), IMAGE)
  await claimBuild(ctx, buildId, LEASE_MS)
  lateMs = LEASE_MS + 100
  const text = 'not for you'
  world.lab.world.faults.push({
    service: 'koji',
    kind: 'call-fault',
    operation: 'buildContainer',
    code: 1005,
    text,
  })
  await attempt(ctx, { queue: 'submit', worker: submit, payload: { buildId }, isLast: false })
  expect(await buildColumn(ctx, buildId, 'state')).toBe(BUILD_STATES.FAILED)
  expect(await buildColumn(ctx, buildId, 'state_reason')).toBe(
    `Handling of build failed with traceback: fault 1005: ${text}`,
  )
})
