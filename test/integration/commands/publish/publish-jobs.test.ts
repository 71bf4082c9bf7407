/** Many jobs about one event, whose messages take long to send, beside one about another event. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeMessages } from '../../../../src/commands/publish/write-outbox.ts'
import type { Context } from '../../../../src/context.ts'
import { startWorkers } from '../../../../workers/main.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

const JOBS = 30
let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

it('jobs of one event do not keep the other event waiting, and send each message once and in order', async () => {
  const [large, small] = [await makeEvent(ctx), await makeEvent(ctx, { searchKey: 'small' })]
  const sent: unknown[] = []
  const slow = Promise.withResolvers<void>()
  const bus: Context['bus'] = {
    send: async ({ body }) => {
      if (body.startsWith('[')) await slow.promise
      sent.push(JSON.parse(body))
    },
    check: async () => ({ connected: true, broker: '', detail: '' }),
    close: async () => undefined,
  }
  const write = async (eventId: number, payload: unknown) => {
    const message = { topic: 'build.state.changed', payload }
    const upTo = await ctx.db.transaction((em) => writeMessages(ctx, em, { eventId }, [message]))
    await ctx.queues.enqueue('publish', { eventId, upTo })
  }
  const inOrder = Array.from({ length: JOBS }, (_, n) => [n])
  for (const payload of inOrder) await write(large, payload)
  const workers = await startWorkers({ ...ctx, bus })
  await write(small, 'small')
  await eventually(
    () => sent,
    (all) => all.includes('small'),
  )
  expect(sent).toEqual(['small'])
  slow.resolve()
  await eventually(
    () => sent.length,
    (count) => count > JOBS,
  )
  await workers.stop()
  expect(sent).toEqual(['small', ...inOrder])
})
