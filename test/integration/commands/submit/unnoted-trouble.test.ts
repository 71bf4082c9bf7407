/** A database that does not take what is noted about the build system: what was sent to it is neither forgotten nor sent twice. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { recordTrouble } from '../../../../src/commands/service-trouble.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { hubTasks } from '../../../support/lab/hub-tasks.ts'
import { SUBMITTABLE, type Submitting, startSubmitting } from '../../../support/rebuild/submitting.ts'

let hub: Submitting
let ctx: Submitting['ctx']
beforeAll(async () => {
  hub = await startSubmitting({ builder: { durationMs: () => 3_600_000 } })
  ctx = hub.ctx
  await ctx.db.fork().execute(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`)
})
beforeEach(() => {
  hub.clock.lateMs = 0
  hub.world.lab.world.koji.tasks.clear()
})
afterAll(() => hub.stop())

/** Makes the database refuse an operation on the table of troubles. */
async function refusing(operation: 'insert' | 'delete', work: () => Promise<unknown>): Promise<void> {
  const em = ctx.db.fork()
  await em.execute(
    `create trigger refuse before ${operation} on service_troubles for each row execute function refuse()`,
  )
  try {
    await work()
  } finally {
    await em.execute('drop trigger refuse on service_troubles')
  }
}

it('the service keeps the claim of a submission whose answer was lost', async () => {
  const build = await makeBuild(ctx, await makeEvent(ctx), SUBMITTABLE)
  hub.world.lab.world.faults.push({
    service: 'koji',
    operation: 'buildContainer',
    kind: 'reset',
    stage: 'after',
    times: 1,
  })
  await refusing('insert', () => expect(submitBuild(ctx, build)).rejects.toThrow())
  expect(await buildColumn(ctx, build, 'submit_claim')).not.toBeNull()
  hub.clock.lateMs = 60_000
  await submitBuild(ctx, build)
  expect(hubTasks(hub.world.lab).map(({ id }) => id)).toEqual([await buildColumn(ctx, build, 'build_id')])
})

it('the service stores the task that a probe has created', async () => {
  await recordTrouble(ctx, { service: 'koji', blame: 'service', detail: 'away' }, { ofWrites: true })
  hub.clock.lateMs = 60_000
  const build = await makeBuild(ctx, await makeEvent(ctx), SUBMITTABLE)
  await refusing('delete', () => submitBuild(ctx, build))
  expect(hubTasks(hub.world.lab).map(({ id }) => id)).toEqual([await buildColumn(ctx, build, 'build_id')])
})
