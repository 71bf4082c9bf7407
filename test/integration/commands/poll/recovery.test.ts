/** The poll ends the trouble of a service that is back, also when nothing is left to look at. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Service } from '../../../../lab/fault-rule.ts'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { recordRecovery, recordTrouble } from '../../../../src/commands/service-trouble.ts'
import { lastPolled, serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import { createPoll } from '../../../../workers/poll.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

let lab: Lab
let ctx: TestContext
beforeAll(async () => {
  lab = await startLab()
  ctx = await createTestContext({ ...lab.urls }, 'koji_retry: 0\nrequest_attempts: 1')
})
beforeEach(async () => {
  lab.world.faults.length = 0
  await ctx.db.fork().execute('delete from service_troubles')
})
afterAll(async () => {
  await ctx.drop()
  await lab.stop()
})

const poll = createPoll()
const runPoll = () => poll.run(ctx, { slot: 1 })
const troubles = async () =>
  (await serviceTroubles(ctx.db.fork())).map(({ service, blame }) => [service, blame])
const noted = (service: Service, blame: 'service' | 'account') =>
  recordTrouble(ctx, { service, blame, detail: 'away' })

it.each<Service>(['koji', 'odcs'])('of %s, which answers again', async (service) => {
  await noted(service, 'service')
  await runPoll()
  expect(await troubles()).toEqual([])
})

it.each<Service>(['koji', 'odcs'])('but not of %s while it is away', async (service) => {
  lab.world.faults.push({ service, kind: 'status' })
  await noted(service, 'service')
  await runPoll()
  expect(await troubles()).toEqual([[service, 'service']])
})

it('the poll stores when it began if the service answered, and keeps that while the service is away', async () => {
  const event = await makeEvent(ctx)
  await makeBuild(ctx, event, { state: 'BUILD', taskId: 77_000_001 })
  const time = new Date('2026-11-28T12:00:00Z')
  const pollAt = (now: Date) => poll.run({ ...ctx, now: () => now }, { slot: 1 })
  await pollAt(time)
  lab.world.faults.push({ service: 'koji', kind: 'status' })
  await pollAt(new Date(time.getTime() + 60_000))
  expect(await lastPolled(ctx.db.fork(), 'koji')).toEqual(time)
  expect(await lastPolled(ctx.db.fork(), 'odcs')).toBeNull()
  await ctx.db.fork().execute('delete from artifact_builds')
})

it('the poll reports the ends that other requests found when one has failed, and looks at those of that one again', async () => {
  const event = await makeEvent(ctx)
  for (let task = 0; task < 300; task += 1)
    await makeBuild(ctx, event, { state: 'BUILD', taskId: 78_000_000 + task })
  const due = async () => (await ctx.queues.byName.transition.getJobs(['waiting'])).length
  await ctx.queues.byName.transition.obliterate({ force: true })
  lab.world.faults.push({ service: 'koji', kind: 'status', operation: 'multiCall', times: 1 })
  await runPoll()
  expect([50, 250]).toContain(await due()) // depends on which of the two requests came first
  expect(await troubles()).toEqual([['koji', 'service']])
  await runPoll()
  expect(await due()).toBe(300)
  expect(await troubles()).toEqual([])
  await ctx.queues.byName.transition.obliterate({ force: true })
  await ctx.db.fork().execute('delete from artifact_builds')
})

it.each<Service>(['koji', 'odcs'])('nor of %s while its answers cannot be read', async (service) => {
  for (const kind of ['garbage', 'empty', 'half'] as const) {
    lab.world.faults = [{ service, kind }]
    await noted(service, 'service')
    await runPoll()
    expect([kind, await troubles()]).toEqual([kind, [[service, 'service']]])
  }
})

it('the poll does not end trouble of our account, since it reads without one', async () => {
  await noted('koji', 'account')
  await runPoll()
  expect(await troubles()).toEqual([['koji', 'account']])
})

it.each<Service>(['koji', 'odcs'])(
  'nor of calls to %s that change something, as it only reads',
  async (service) => {
    const trouble = { service, blame: 'service', detail: 'read-only' } as const
    await recordTrouble(ctx, trouble, { ofWrites: true })
    await runPoll()
    expect(await troubles()).toEqual([[service, 'service']])
  },
)

it.each<Service>(['koji', 'odcs'])(
  'but of %s when a call that changes something passed, and only a poll begun before it failed later',
  async (service) => {
    const trouble = { service, blame: 'service', detail: 'no answer' } as const
    const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000)
    const at = (time: Date) => ({ ...ctx, now: () => time })
    await recordTrouble(at(secondsAgo(3)), trouble, { ofWrites: true })
    await recordTrouble(at(secondsAgo(1)), trouble) // by a poll that had waited for its answer since before
    await recordRecovery(ctx, service, secondsAgo(2), 'write')
    expect(await troubles()).toEqual([[service, 'service']])
    await runPoll()
    expect(await troubles()).toEqual([])
  },
)

it('the poll sends nothing to services that are well', async () => {
  lab.world.requests.clear()
  await runPoll()
  expect([...lab.world.requests]).toEqual([])
})
