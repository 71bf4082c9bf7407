/** Events that wait for answers of ODCS beside one that needs none. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { writeComposeRequests } from '../../../../src/db/queries/planning/compose-requests.ts'
import { startWorkers } from '../../../../workers/main.ts'
import { COMPOSE_NEED, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

/** Far longer than the test takes. */
const TIMEOUT_S = 200
let lab: Lab
let ctx: TestContext
beforeAll(async () => {
  lab = await startLab()
  ctx = await createTestContext(lab.urls, `requests_timeout: ${TIMEOUT_S}\nshutdown_grace_s: 60`)
})
afterAll(() => ctx.drop())

async function eventInNeed(searchKey: string, { dryRun }: { dryRun: boolean }): Promise<number> {
  const event = await makeEvent(ctx, { state: 'BUILDING', searchKey, dryRun })
  await makeBuild(ctx, event, { originalNvr: 'needy-1-1' })
  await writeComposeRequests(ctx.db.fork(), event, [{ nvr: 'needy-1-1', need: COMPOSE_NEED }])
  await ctx.queues.enqueue('plan', { eventId: event })
  return event
}
const composes = async () => {
  const sql = 'select event_id as event from compose_requests where compose_id is not null'
  return (await ctx.db.fork().execute<{ event: number }[]>(sql)).map(({ event }) => event)
}

it('events that wait for ODCS do not hold up one that needs no compose', async () => {
  lab.world.faults.push({ service: 'odcs', kind: 'hang' })
  const workers = await startWorkers(ctx)
  for (const name of ['slow-1', 'slow-2']) await eventInNeed(name, { dryRun: false })
  await eventually(
    () => [...lab.world.requests.values()].reduce((sum, count) => sum + count, 0),
    (hanging) => hanging >= 2,
  )
  const quick = await eventInNeed('quick', { dryRun: true })
  await eventually(composes, (events) => events.includes(quick))
  expect(await composes()).toEqual([quick])
  await lab.stop()
  await workers.stop()
})
