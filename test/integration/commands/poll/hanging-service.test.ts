/** A service that takes requests and does not answer keeps neither the polls of another one nor due work waiting. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Service } from '../../../../lab/fault-rule.ts'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { recordTrouble } from '../../../../src/commands/service-trouble.ts'
import { findEvent } from '../../../../src/db/queries/events.ts'
import { serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import { EVENT_TYPES, eventStateId } from '../../../../src/domain/event.ts'
import { startWorkers } from '../../../../workers/main.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

/** Longer than a busy machine needs for the rest. */
const NO_ANSWER_S = 20
const SETTINGS = `{requests_timeout: ${NO_ANSWER_S}, request_attempts: 1, koji_timeout: ${NO_ANSWER_S}, koji_retry: 0}`

let lab: Lab
let ctx: TestContext
let workers: { stop(): Promise<void> } | undefined
beforeEach(async () => {
  lab = await startLab()
  const often = { POLL_INTERVAL_MS: '100', SWEEP_INTERVAL_MS: '100' }
  ctx = await createTestContext({ ...lab.urls, ...often }, SETTINGS)
})
afterEach(async () => {
  await lab.stop() // which ends the request that hangs
  await workers?.stop()
  await ctx.drop()
})

const requestsTo = (service: Service) =>
  [...lab.world.requests]
    .filter(([request]) => request.startsWith(`${service} `))
    .reduce((sum, [, count]) => sum + count, 0)
const isRequested = (service: Service) =>
  eventually(
    () => requestsTo(service),
    (count) => count > 0,
  )

it.each<[Service, Service]>([
  ['odcs', 'koji'],
  ['koji', 'odcs'],
])('%s: %s is polled meanwhile', async (hanging, other) => {
  lab.world.faults.push({ service: hanging, kind: 'hang' })
  await recordTrouble(ctx, { service: hanging, blame: 'service', detail: 'no answer' })
  workers = await startWorkers(ctx)
  await isRequested(hanging)
  for (let times = 0; times < 3; times++) {
    await recordTrouble(ctx, { service: other, blame: 'service', detail: 'away' })
    await eventually(
      async () => (await serviceTroubles(ctx.db.fork())).map(({ service }) => service),
      (troubled) => !troubled.includes(other),
    )
  }
  expect(requestsTo(hanging)).toBe(1)
})

it('errata: due work is put back meanwhile', async () => {
  lab.world.faults.push({ service: 'errata', kind: 'hang' })
  await makeEvent(ctx)
  workers = await startWorkers(ctx)
  await isRequested('errata')
  const eventId = await makeEvent(ctx, {
    state: 'INITIALIZED',
    eventTypeId: EVENT_TYPES.GitRPMSpecChangeEvent,
    timeCreated: new Date(Date.now() - 60_000),
  })
  await eventually(
    async () => (await findEvent(ctx.db.fork(), eventId))?.state,
    (state) => state === eventStateId('FAILED'),
  )
  expect(requestsTo('errata')).toBe(2) // of one summary
})
