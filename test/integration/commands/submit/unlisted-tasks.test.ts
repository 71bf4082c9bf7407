/** A hub that cannot list our tasks keeps an interrupted submission waiting: neither sent again nor attempted forever without a word. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
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
  world = await startWorld({ builder: { durationMs: () => 3_600_000 } })
  const own = await createTestContext(world.env)
  ctx = { ...own, now: () => new Date(Date.now() + lateMs) }
})
afterAll(async () => {
  await ctx.drop()
  await world.stop()
})

it('until the hub lists them', async () => {
  const build = await makeBuild(ctx, await makeEvent(ctx), IMAGE)
  const claimed = await claimBuild(ctx, build, LEASE_MS)
  const sent = claimed && containerRequest(claimed, ctx.settings)
  if (!sent || typeof sent === 'string') throw new Error('not claimed')
  const taskId = await ctx.clients.koji?.submitContainer(sent)
  const text = 'Invalid type for parameter'
  world.lab.world.faults.push({
    service: 'koji',
    kind: 'call-fault',
    operation: 'listTasks',
    code: 1019,
    text,
  })
  lateMs += LEASE_MS + 100
  await expect(submitBuild(ctx, build)).rejects.toMatchObject({
    name: 'NotVerifiable',
    message: `Koji cannot list our tasks: fault 1019: ${text}`,
  })
  expect(await buildColumn(ctx, build, 'build_id')).toBeNull()
  world.lab.world.faults.length = 0
  lateMs += LEASE_MS + 100
  await submitBuild(ctx, build)
  expect(await buildColumn(ctx, build, 'build_id')).toBe(taskId)
})
