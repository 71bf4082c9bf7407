/** A bus that takes longer to answer than PostgreSQL lets a transaction idle: each message is still sent once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { publishOutbox } from '../../../../src/commands/publish/publish-outbox.ts'
import type { Context } from '../../../../src/context.ts'
import { openDatabase } from '../../../../src/db/orm.ts'
import { makeEvent } from '../../../factories.ts'
import { writeBuildChanges } from '../../../support/bus/outbox-rows.ts'
import { createTestContext } from '../../../support/context.ts'

const IDLE_MS = 1000
const ANSWER_MS = 1500

it('a slow bus gets each message once', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const options = `-c idle_in_transaction_session_timeout=${IDLE_MS}`
  const db = openDatabase(`${ctx.databaseUrl}?options=${encodeURIComponent(options)}`, 1)
  onTestFinished(db.close)
  const sent: string[] = []
  const bus: Context['bus'] = {
    send: async ({ messageId }) => {
      await sleep(ANSWER_MS)
      sent.push(messageId)
    },
    check: async () => ({ connected: true, broker: '', detail: '' }),
    close: async () => undefined,
  }
  const eventId = await makeEvent(ctx)
  const ids = await writeBuildChanges(ctx.db.fork(), eventId, [1, 2])
  await publishOutbox({ ...ctx, db, bus }, { eventId })
  await publishOutbox({ ...ctx, db, bus }, { eventId })
  expect(sent).toEqual(ids.map((id) => `freshwave-${id}`))
})
