/** A try whose first run was killed and whose second one the hub refuses permanently: the build ends, and is not sent again forever. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { handleReport } from '../../../../src/commands/transition/handle-report.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { submit } from '../../../../workers/submit.ts'
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

afterEach(() => {
  hub.world.lab.world.faults.length = 0
})

const TEXT = 'not for you'
/** Claims a build, whose claim then lapses, and makes the hub refuse an operation; `sends`: the claim's run has submitted it. */
async function interrupted(originalNvr: string, operation: string, { sends = false } = {}) {
  const buildId = await makeBuild(ctx, await makeEvent(ctx), { ...SUBMITTABLE, originalNvr })
  const claimed = await claimBuild(ctx, buildId, LEASE_MS)
  const request = claimed && containerRequest(claimed, ctx.settings)
  if (!request || typeof request === 'string') throw new Error('not claimed')
  const taskId = sends ? await ctx.clients.koji?.submitContainer(request) : undefined
  hub.clock.lateMs += LEASE_MS + 100
  hub.world.lab.world.faults.push({ service: 'koji', kind: 'call-fault', operation, code: 1005, text: TEXT })
  return { buildId, taskId, request }
}

const run = (buildId: number) =>
  attempt(ctx, { queue: 'submit', worker: submit, payload: { buildId }, isLast: false })

/** Each test has its own image: a build that the hub has just shown is not looked up again. */
it.each([
  ['the submission', 'httpd-24-container-1-283', 'buildContainer'],
  ['to show its original image', 'nodejs-18-container-1-92', 'getBuild'],
])('the build ends with the reason of the hub, which refuses %s', async (_what, originalNvr, operation) => {
  const { buildId } = await interrupted(originalNvr, operation)
  await run(buildId)
  expect(await buildColumn(ctx, buildId, 'state')).toBe(BUILD_STATES.FAILED)
  expect(await buildColumn(ctx, buildId, 'state_reason')).toBe(
    `Handling of build failed with traceback: fault 1005: ${TEXT}`,
  )
})

it('the try is followed by a search for a task that the hub makes late for the killed run, which is canceled', async () => {
  const { buildId, request } = await interrupted('httpd-24-container-1-283', 'buildContainer')
  await run(buildId)
  hub.world.lab.world.faults.length = 0
  const late = (await ctx.clients.koji?.submitContainer(request)) ?? 0
  const jobs = await ctx.queues.byName.transition.getJobs(['waiting'])
  const report = jobs.find(({ data }) => data.kind === 'surplus-due' && data.buildId === buildId)
  if (!report) throw new Error('no look for such a task')
  await handleReport(ctx, report.data)
  expect(hub.world.lab.world.koji.tasks.get(late)?.state).toBe('CANCELED')
})

it('the build goes on with the task that was left, although the hub refuses to show its original image', async () => {
  const { buildId, taskId } = await interrupted('redis-7-container-1-19', 'getBuild', { sends: true })
  await run(buildId)
  expect(await buildColumn(ctx, buildId, 'build_id')).toBe(taskId)
})
