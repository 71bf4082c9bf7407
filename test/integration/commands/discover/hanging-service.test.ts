/** A service that takes requests and never answers, which the discoveries of many events need, but that of another event does not. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import { EVENT_TYPES } from '../../../../src/domain/event.ts'
import { startWorkers } from '../../../../workers/main.ts'
import { makeEvent } from '../../../factories.ts'
import { eventually } from '../../../support/eventually.ts'
import { ADVISORY, affectedImages } from '../../../support/rebuild/affected-images.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'

const NO_ANSWER_S = 4
/** Pages get smaller before a discovery gives in. */
const REQUESTS = 5
const EVENTS = 6
let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery(
    affectedImages(5),
    `{handler_build_allowlist: {global: {image: {advisory_name: RHSA}}}, requests_timeout: ${NO_ANSWER_S}, request_attempts: 1}`,
  )
})
afterAll(() => discovery.stop())

it('a hanging service is waited for by one discovery in a process, while the other event proceeds', async () => {
  const { ctx, lab } = discovery
  lab.world.faults.push({ service: 'pyxis', kind: 'hang' })
  const fields = { state: 'INITIALIZED', searchKey: String(ADVISORY) } as const
  const waiting: number[] = []
  for (let n = 0; n < EVENTS; n++) {
    const eventTypeId = EVENT_TYPES.ManualRebuildWithAdvisoryEvent
    waiting.push(await makeEvent(ctx, { ...fields, eventTypeId }))
  }
  const other = await makeEvent(ctx, { ...fields, eventTypeId: EVENT_TYPES.GitRPMSpecChangeEvent })
  for (const eventId of [...waiting, other]) await ctx.queues.enqueue('discover', { eventId })

  const workers = await startWorkers(ctx)
  onTestFinished(() => workers.stop())
  const initialized = async () => {
    const rows = await ctx.db
      .fork()
      .execute<{ id: number }[]>('select id from events where state = 0 order by id')
    return rows.map(({ id }) => id)
  }
  await eventually(initialized, (ids) => !ids.includes(other))
  const requests = [...lab.world.requests].filter(([operation]) => operation.startsWith('pyxis '))
  const count = requests.reduce((sum, [, times]) => sum + times, 0)
  expect(count).toBeLessThan(EVENTS * REQUESTS) // as many as if each had waited once
  expect(await initialized()).toEqual(waiting)

  lab.world.faults.length = 0
  await eventually(initialized, (ids) => ids.length === 0)
  expect(await serviceTroubles(ctx.db.fork())).toEqual([])
})
