/** Checks what a job that waited for a service proves about it when it runs again: nothing, unless it has called it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { CATALOG } from '../../../../queues/catalog.ts'
import { serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import { UpstreamError } from '../../../../src/lib/errors.ts'
import { runWorkers } from '../../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../../workers/run/worker.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

const AWAY = new UpstreamError({ service: 'odcs', failure: 'status', detail: 'HTTP 503', status: 503 })
const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names

let lab: Lab
let ctx: TestContext
let running: { stop(): Promise<void> } | undefined
beforeEach(async () => {
  lab = await startLab()
  ctx = await createTestContext(lab.urls)
})
afterEach(async () => {
  await running?.stop()
  await ctx.drop()
  await lab.stop()
})

/** Runs a job of `plan` that finds ODCS away once, and then does `second`. */
async function troublesAfter(second: WorkerOf<'plan'>['run']): Promise<string[]> {
  let runs = 0
  const run: WorkerOf<'plan'>['run'] = async (own, payload) => {
    runs += 1
    if (runs === 1) throw AWAY
    await second(own, payload)
  }
  running = await runWorkers(ctx, { ...IDLE, plan: { run, giveUp: leaveDue } })
  const eventId = await makeEvent(ctx)
  await ctx.queues.enqueue('plan', { eventId })
  await eventually(
    async () => runs === 2 && (await ctx.queues.byName.plan.getJob(`plan-${eventId}`)) === undefined,
    Boolean,
  )
  return (await serviceTroubles(ctx.db.fork())).map(({ service }) => service)
}

it('a job that has nothing left to do leaves the trouble of the service as it is', async () => {
  expect(await troublesAfter(async () => undefined)).toEqual(['odcs'])
})

it('a job that had an answer ends the trouble', async () => {
  expect(await troublesAfter(async ({ clients }) => clients.odcs?.ping())).toEqual([])
})
