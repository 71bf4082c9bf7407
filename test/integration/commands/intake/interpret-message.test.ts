/** Checks what becomes of a message about a task: known, unknown, or known in a moment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../../src/db/entities/index.ts'
import { intake } from '../../../../workers/intake.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

async function taskEnded(taskId: number, more: object = {}): Promise<number> {
  const message = {
    messageId: `m-${crypto.randomUUID()}`,
    topic: 'topic://VirtualTopic.eng.brew.task.closed',
    body: Buffer.from('{}'),
    properties: {},
    meaning: { kind: 'task-ended', taskId, state: 'CLOSED', ...more },
    receivedAt: new Date(),
  }
  return Number(await ctx.db.fork().insert(InboxMessage, message as InboxMessage)) // bigints come as text
}
const handle = (inboxId: number) =>
  attempt(ctx, { queue: 'intake', worker: intake, payload: { inboxId }, isLast: false })
const rowOf = (id: number) => ctx.db.orm.em.fork().findOneOrFail(InboxMessage, { id })
const claim = (id: number, seconds: number) =>
  ctx.db
    .fork()
    .execute(
      "update artifact_builds set submit_claim = gen_random_uuid(), submit_claim_until = now() + ? * interval '1 s' where id = ?",
      [seconds, id],
    )

describe('the end of a task', () => {
  it('becomes a report when a build waits for it', async () => {
    await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId: 71 })
    const id = await taskEnded(71, { kojiBuildId: 7 })
    await handle(id)
    expect(await rowOf(id)).toMatchObject({ state: 'done', reason: null })
    const job = await ctx.queues.byName.transition.getJob('transition-task-71')
    expect(job?.data).toMatchObject({ kind: 'task-reported', taskId: 71, kojiBuildId: 7 })
  })

  it('is ignored when nothing is being submitted', async () => {
    const id = await taskEnded(72)
    await handle(id)
    expect(await rowOf(id)).toMatchObject({ state: 'ignored', reason: 'No build here waits for task 72.' })
  })

  it('is ignored also while a submission is under way, which looks for it when it has its number', async () => {
    const build = await makeBuild(ctx, await makeEvent(ctx))
    await claim(build, 60)
    const id = await taskEnded(73)
    await handle(id)
    expect(await rowOf(id)).toMatchObject({ state: 'ignored' })
  })
})
