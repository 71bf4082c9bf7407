/** A hub that cannot list our tasks keeps an interrupted submission waiting: neither sent again nor silently attempted forever. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { SUBMITTABLE, type Submitting, startSubmitting } from '../../../support/rebuild/submitting.ts'

const LEASE_MS = 8000
let hub: Submitting
let ctx: Submitting['ctx']
beforeAll(async () => {
  hub = await startSubmitting({ builder: { durationMs: () => 3_600_000 } })
  ctx = hub.ctx
})
afterAll(() => hub.stop())

it('an interrupted submission waits until the hub lists our tasks', async () => {
  const build = await makeBuild(ctx, await makeEvent(ctx), SUBMITTABLE)
  const claimed = await claimBuild(ctx, build, LEASE_MS)
  const sent = claimed && containerRequest(claimed, ctx.settings)
  if (!sent || typeof sent === 'string') throw new Error('not claimed')
  const taskId = await ctx.clients.koji?.submitContainer(sent)
  const text = 'Invalid type for parameter'
  hub.world.lab.world.faults.push({
    service: 'koji',
    kind: 'call-fault',
    operation: 'listTasks',
    code: 1019,
    text,
  })
  hub.clock.lateMs += LEASE_MS + 100
  await expect(submitBuild(ctx, build)).rejects.toMatchObject({
    name: 'NotVerifiable',
    message: `Koji cannot list our tasks: fault 1019: ${text}`,
  })
  expect(await buildColumn(ctx, build, 'build_id')).toBeNull()
  hub.world.lab.world.faults.length = 0
  hub.clock.lateMs += LEASE_MS + 100
  await submitBuild(ctx, build)
  expect(await buildColumn(ctx, build, 'build_id')).toBe(taskId)
})
