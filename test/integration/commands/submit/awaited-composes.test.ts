/** Composes that cannot be used yet hold up new tasks only: not what was submitted before, and not the slot for another build. One of a dry run can never be used. */
import { afterEach, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { composeStateId } from '../../../../src/domain/rebuild/compose-state.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
import { buildText } from '../../../../src/domain/rebuild/texts.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { hubTasks } from '../../../support/lab/hub-tasks.ts'
import { SUBMITTABLE, type Submitting, startSubmitting } from '../../../support/rebuild/submitting.ts'

const LEASE_MS = 8000
const COMPOSE = 101
const WAITING = { ...SUBMITTABLE, args: { ...SUBMITTABLE.args, renewed_odcs_compose_ids: [COMPOSE] } }
let hub: Submitting
afterEach(() => hub.stop())

/** A build whose submission was interrupted, and what it was to send. */
async function interrupted() {
  hub = await startSubmitting({ builder: { durationMs: () => 3_600_000 } })
  const { ctx, clock, world } = hub
  const build = await makeBuild(ctx, await makeEvent(ctx), WAITING)
  const claimed = await claimBuild(ctx, build, LEASE_MS)
  const sent = claimed && containerRequest(claimed, ctx.settings)
  if (!sent || typeof sent === 'string') throw new Error('not claimed')
  world.lab.world.mutate = (service, _operation, json) => (service === 'odcs' ? null : json)
  clock.lateMs += LEASE_MS + 100
  return { ctx, build, sent }
}

it('the task of an interrupted submission is found although its compose cannot be read', async () => {
  const { ctx, build, sent } = await interrupted()
  const taskId = await ctx.clients.koji?.submitContainer(sent)
  await submitBuild(ctx, build)
  expect(await buildColumn(ctx, build, 'build_id')).toBe(taskId)
})

it('an interrupted submission that has left no task waits for its compose like a new one', async () => {
  const { ctx, build } = await interrupted()
  await expect(submitBuild(ctx, build)).rejects.toMatchObject({ name: 'NotVerifiable' })
  expect(hubTasks(hub.world.lab)).toEqual([])
})

it('the only slot goes to another build while a compose is being made', async () => {
  hub = await startSubmitting({}, 'max_tasks_in_flight: 1')
  const { ctx, world } = hub
  const compose = world.lab.world.odcs.composes.get(COMPOSE)
  if (!compose) throw new Error(`no compose ${COMPOSE}`)
  world.lab.world.odcs.composes.set(COMPOSE, { ...compose, state: 'generating' })
  const event = await makeEvent(ctx)
  const waiting = await makeBuild(ctx, event, WAITING)
  const other = await makeBuild(ctx, event, { ...SUBMITTABLE, originalNvr: 'nodejs-18-container-1-92' })
  await expect(submitBuild(ctx, waiting)).rejects.toMatchObject({ name: 'NotReady' })
  const jobs = await ctx.queues.byName.submit.getJobs(['prioritized', 'waiting'])
  expect(jobs.map((job) => job.data.buildId)).toContain(other)
})

it('nothing is submitted on a compose that the build has requested and that is gone, which is reported', async () => {
  hub = await startSubmitting()
  const { ctx } = hub
  const build = await makeBuild(ctx, await makeEvent(ctx), SUBMITTABLE)
  await ctx.db.fork().execute(
    `with made as (insert into composes (odcs_compose_id, state) values (9999, ?) returning id)
     insert into artifact_build_composes (build_id, compose_id) select ?, id from made`,
    [composeStateId('done'), build],
  )
  await expect(submitBuild(ctx, build)).rejects.toMatchObject({
    message: 'ODCS no longer knows compose 9999',
  })
  expect(hubTasks(hub.world.lab)).toEqual([])
  const jobs = await ctx.queues.byName.transition.getJobs(['prioritized', 'waiting'])
  expect(jobs.map((job) => job.data)).toContainEqual({ kind: 'compose-reported', odcsComposeId: 9999 })
})

it('nothing is submitted on a compose or a parent that was made in a dry run', async () => {
  hub = await startSubmitting()
  const { ctx } = hub
  const event = await makeEvent(ctx)
  const parent = await makeBuild(ctx, event, { state: 'DONE', taskId: -3, rebuiltNvr: 'base-1-1.5' })
  const child = await makeBuild(ctx, event, { ...SUBMITTABLE, depOn: parent })
  const composed = await makeBuild(ctx, event, { ...SUBMITTABLE, originalNvr: 'nodejs-18-container-1-92' })
  await ctx.db.fork().execute(
    `with made as (insert into composes (odcs_compose_id, state) values (-2, ?) returning id)
     insert into artifact_build_composes (build_id, compose_id) select ?, id from made`,
    [composeStateId('done'), composed],
  )
  for (const build of [child, composed]) {
    await submitBuild(ctx, build)
    expect(await buildColumn(ctx, build, 'state_reason')).toBe(buildText.onDryRun)
  }
  expect(hubTasks(hub.world.lab)).toEqual([])
})
