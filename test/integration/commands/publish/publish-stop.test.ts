/** A process that stops while far more messages wait than it can send by then: the next one sends the rest. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { writeMessages } from '../../../../src/commands/publish/write-outbox.ts'
import type { Context } from '../../../../src/context.ts'
import { startWorkers } from '../../../../workers/main.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

const MESSAGES = 1500
/** All messages take longer than a stop may. */
const SEND_MS = 10
const GRACE_S = 6

it('a stop leaves the rest to the next process, which goes on in order and sends nothing twice', async () => {
  const ctx = await createTestContext({}, `shutdown_grace_s: ${GRACE_S}`)
  const sent: unknown[] = []
  /** A process with a broker that takes `sendMs` for each message. */
  const startProcess = (sendMs: number) => {
    const bus: Context['bus'] = {
      send: async ({ body }) => {
        await sleep(sendMs)
        sent.push(JSON.parse(body))
      },
      check: async () => ({ connected: true, broker: '', detail: '' }),
      close: async () => undefined,
    }
    return startWorkers({ ...ctx, bus, endWork: new AbortController() })
  }
  const eventId = await makeEvent(ctx)
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({ topic: 'build.state.changed', payload: n }))
  const upTo = await ctx.db.transaction((em) => writeMessages(ctx, em, { eventId }, messages))
  await ctx.queues.enqueue('publish', { eventId, upTo })

  const first = await startProcess(SEND_MS)
  await eventually(
    () => sent.length,
    (count) => count > 0,
  )
  const began = performance.now()
  await first.stop()
  expect(performance.now() - began).toBeLessThan(GRACE_S * 1000)
  expect(sent.length).toBeLessThan(MESSAGES)

  const next = await startProcess(0)
  await eventually(
    () => sent.length,
    (count) => count >= MESSAGES,
  )
  await next.stop()
  expect(sent).toEqual(messages.map(({ payload }) => payload))
  await ctx.drop()
})
