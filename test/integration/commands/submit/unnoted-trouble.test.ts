/** A database that does not take what is noted about the build system: what was sent to that is not forgotten, and not sent twice. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { noteTrouble } from '../../../../src/commands/service-trouble.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { hubTasks } from '../../../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../../../support/lab/world.ts'

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
  await ctx.db.fork().execute(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`)
})
beforeEach(() => {
  lateMs = 0
  world.lab.world.koji.tasks.clear()
})
afterAll(async () => {
  await ctx.drop()
  await world.stop()
})

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

it('keeps the claim of a submission whose answer was lost', async () => {
  const build = await makeBuild(ctx, await makeEvent(ctx), IMAGE)
  world.lab.world.faults.push({
    service: 'koji',
    operation: 'buildContainer',
    kind: 'reset',
    stage: 'after',
    times: 1,
  })
  await refusing('insert', () => expect(submitBuild(ctx, build)).rejects.toThrow())
  expect(await buildColumn(ctx, build, 'submit_claim')).not.toBeNull()
  lateMs = 60_000
  await submitBuild(ctx, build)
  expect(hubTasks(world.lab).map(({ id }) => id)).toEqual([await buildColumn(ctx, build, 'build_id')])
})

it('stores the task that a probe has created', async () => {
  await noteTrouble(ctx, { service: 'koji', blame: 'service', detail: 'away' }, { ofWrites: true })
  lateMs = 60_000
  const build = await makeBuild(ctx, await makeEvent(ctx), IMAGE)
  await refusing('delete', () => submitBuild(ctx, build))
  expect(hubTasks(world.lab).map(({ id }) => id)).toEqual([await buildColumn(ctx, build, 'build_id')])
})
