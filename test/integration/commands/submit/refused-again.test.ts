/** A try whose first run was killed and whose second one the hub refuses for good: the build ends, and is not sent again without end. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { submit } from '../../../../workers/submit.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { SUBMITTABLE, type Submitting, startSubmitting } from '../../../support/rebuild/submitting.ts'

const LEASE_MS = 8000
let hub: Submitting
let ctx: Submitting['ctx']
beforeAll(async () => {
  hub = await startSubmitting()
  ctx = hub.ctx
})
afterAll(() => hub.stop())

it('ends with the reason of the hub', async () => {
  const buildId = await makeBuild(ctx, await makeEvent(ctx), SUBMITTABLE)
  await claimBuild(ctx, buildId, LEASE_MS)
  hub.clock.lateMs = LEASE_MS + 100
  const text = 'not for you'
  hub.world.lab.world.faults.push({
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
