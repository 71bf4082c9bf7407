/** The builds of an event as its page shows them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventBuilds } from '../../../../../src/db/queries/pages/event-builds.ts'
import { type BuildFields, makeBuild, makeEvent } from '../../../../factories.ts'
import { createTestContext, type TestContext } from '../../../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

/** A build with this many recorded tries and this many that failed. */
async function storeTried(event: number, fields: BuildFields, tries: number, failed: number) {
  const id = await makeBuild(ctx, event, fields)
  const em = ctx.db.fork()
  await em.execute('update artifact_builds set retry_count = ? where id = ?', [failed, id])
  for (let n = 0; n < tries; n += 1)
    await em.execute('insert into build_tries (build_id, task_id, began) values (?, ?, now())', [id, 100 + n])
}

it('the page counts the tasks that were submitted for a build, whatever became of it', async () => {
  const event = await makeEvent(ctx)
  await storeTried(event, { originalNvr: 'failed-1-1', state: 'FAILED', taskId: 102 }, 3, 3)
  await storeTried(event, { originalNvr: 'done-1-1', state: 'DONE', taskId: 101 }, 2, 1)
  await storeTried(event, { originalNvr: 'waits-for-a-try-1-1', state: 'PLANNED', taskId: 100 }, 1, 1)
  await storeTried(event, { originalNvr: 'never-submitted-1-1', state: 'FAILED' }, 0, 0)
  await storeTried(event, { originalNvr: 'planned-1-1', state: 'PLANNED' }, 0, 0)
  const builds = await eventBuilds(ctx.db.fork(), event)
  expect(Object.fromEntries(builds.map(({ name, attempts }) => [name, attempts]))).toEqual({
    failed: 3,
    done: 2,
    'waits-for-a-try': 1,
    'never-submitted': 0,
    planned: 0,
  })
})

it('the page takes them from the number of failed ones where tries are not recorded, as of builds from Freshmaker', async () => {
  const event = await makeEvent(ctx)
  await storeTried(event, { originalNvr: 'failed-1-1', state: 'FAILED', taskId: 1 }, 0, 3)
  await storeTried(event, { originalNvr: 'unverified-1-1', state: 'FAILED', taskId: 2 }, 0, 0)
  await storeTried(event, { originalNvr: 'done-1-1', state: 'DONE', taskId: 3 }, 0, 1)
  const builds = await eventBuilds(ctx.db.fork(), event)
  expect(builds.map(({ name, attempts }) => [name, attempts])).toEqual([
    ['failed', 3],
    ['unverified', 1],
    ['done', 2],
  ])
})
