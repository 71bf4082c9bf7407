/** An ODCS that takes longer to answer than PostgreSQL lets a transaction idle: each compose is still requested once. */
import { expect, it, onTestFinished } from 'vitest'
import { startLab } from '../../../../lab/start.ts'
import { requestComposes } from '../../../../src/commands/plan/request-composes.ts'
import { openDatabase } from '../../../../src/db/orm.ts'
import { dueRequests, writeComposeRequests } from '../../../../src/db/queries/planning/compose-requests.ts'
import { COMPOSE_NEED, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'

const IDLE_MS = 1000
const ANSWER_MS = 1500

it('a slow ODCS is requested to make a compose once', async () => {
  const lab = await startLab()
  onTestFinished(lab.stop)
  const ctx = await createTestContext(lab.urls)
  onTestFinished(ctx.drop)
  const options = `-c idle_in_transaction_session_timeout=${IDLE_MS}`
  const db = openDatabase(`${ctx.databaseUrl}?options=${encodeURIComponent(options)}`, 4)
  onTestFinished(db.close)
  lab.world.faults.push({
    service: 'odcs',
    operation: 'POST /api/1/composes/',
    kind: 'slow',
    delayMs: ANSWER_MS,
  })
  const event = await makeEvent(ctx)
  await makeBuild(ctx, event, { originalNvr: 'needy-1-1' })
  await writeComposeRequests(ctx.db.fork(), event, [{ nvr: 'needy-1-1', need: COMPOSE_NEED }])
  const first = lab.world.odcs.nextId
  await requestComposes({ ...ctx, db }, event)
  expect(await dueRequests(ctx.db.fork(), event)).toEqual([])
  expect(lab.world.odcs.nextId).toBe(first + 1)
})
