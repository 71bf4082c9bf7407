/** A task whose end was reported before its number was stored here is looked at as soon as it is. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { discoverImages } from '../../../../src/commands/discover/discover-images.ts'
import { interpretMessage } from '../../../../src/commands/intake/interpret-message.ts'
import { recordPlan } from '../../../../src/commands/plan/record-plan.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { InboxMessage } from '../../../../src/db/entities/index.ts'
import { startIngest } from '../../../../src/ingest/main.ts'
import { buildColumn } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'
import { startWorld, type TestWorld } from '../../../support/lab/world.ts'
import { labSettings } from '../../../support/pipeline.ts'
import { ADVISORY, affectedImages } from '../../../support/rebuild/affected-images.ts'

let world: TestWorld
let ctx: TestContext
/** Without workers: nothing but this test submits, and no message about a task arrives. */
let ingest: { stop(): Promise<void> }
beforeAll(async () => {
  world = await startWorld({ catalogue: affectedImages(8) })
  world.bus.dropMatching(({ topic }) => /brew\.task/.test(topic))
  ctx = await createTestContext(world.env, labSettings(''))
  ingest = await startIngest(ctx)
})
afterAll(async () => {
  await ingest.stop()
  await ctx.drop()
  await world.stop()
})

const ids = async (sql: string) =>
  (await ctx.db.fork().execute<{ id: number }[]>(sql)).map(({ id }) => Number(id))

/** Stores a message as if it had come while no build here had the task. */
async function reportEnd(taskId: number, receivedAt: Date): Promise<void> {
  const row = {
    messageId: `m-${taskId}`,
    topic: 'topic://VirtualTopic.eng.brew.task.closed',
    body: Buffer.from('{}'),
    properties: {},
    meaning: { kind: 'task-ended', taskId, state: 'CLOSED' },
    receivedAt,
    state: 'ignored',
  }
  await ctx.db.fork().insert(InboxMessage, row as InboxMessage) // the other columns have defaults
}

it('the task is looked at, whatever became of the message', async () => {
  world.ship(ADVISORY)
  const inboxId = await eventually(
    async () => (await ids('select id from inbox'))[0] ?? 0,
    (id) => id > 0,
  )
  await interpretMessage(ctx, inboxId)
  const [event = 0] = await ids('select id from events')
  await discoverImages(ctx, event)
  await recordPlan(ctx, event)
  const [build = 0] = await ids('select id from artifact_builds where dep_on_id is null order by id')
  const taskId = Math.max(...world.lab.world.koji.tasks.keys()) + 1
  await reportEnd(taskId, new Date())
  await submitBuild(ctx, build)
  expect(await buildColumn(ctx, build, 'build_id')).toBe(taskId)
  expect(await ctx.queues.byName.transition.getJob(`transition-task-${taskId}`)).toBeDefined()
})

it('the task is not looked at for a message from before the submission, which is about another task', async () => {
  const [parent = 0] = await ids('select id from artifact_builds where build_id is not null')
  const [parentTask = 0] = await ids('select build_id as id from artifact_builds where build_id is not null')
  const done = { buildId: parent, taskId: parentTask, verification: { ok: true as const } }
  const { wake } = await applyFact(ctx, (await ids('select id from events'))[0] ?? 0, {
    kind: 'task-closed',
    ...done,
  })
  const [build = 0] = wake
  const taskId = Math.max(...world.lab.world.koji.tasks.keys()) + 1
  await reportEnd(taskId, new Date(Date.now() - 60_000))
  await submitBuild(ctx, build)
  expect(await buildColumn(ctx, build, 'build_id')).toBe(taskId)
  expect(await ctx.queues.byName.transition.getJob(`transition-task-${taskId}`)).toBeUndefined()
})
