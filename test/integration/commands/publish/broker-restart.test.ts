/** Publishing to real brokers, which are killed and started again meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BusPublisher, openBusPublisher } from '../../../../src/bus/publisher.ts'
import { publishOutbox } from '../../../../src/commands/publish/publish-outbox.ts'
import { createLog } from '../../../../src/lib/log.ts'
import { BROKERS, type TestBroker } from '../../../support/bus/bus.ts'
import { leftOver } from '../../../support/bus/left-over.ts'
import { outboxOf } from '../../../support/bus/outbox-of-events.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

let ctx: TestContext
const { openEvent, write, rowsOf } = outboxOf(() => ctx)

beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(async () => {
  await ctx.drop()
})

describe.each(BROKERS)('publishing to $name', ({ open }) => {
  let broker: TestBroker
  let bus: BusPublisher | undefined
  let world: TestContext

  beforeAll(async () => {
    broker = await open()
  })
  afterAll(async () => {
    await broker.stop()
  })
  beforeEach(async () => {
    world = await createTestContext({
      DATABASE_URL: ctx.databaseUrl,
      AMQP_URL: broker.url,
      AMQP_TOPIC_PREFIX: broker.outPrefix,
    })
    bus = openBusPublisher(world.settings.env, createLog('silent'))
  })
  afterEach(async () => {
    await bus?.close()
    await world.close()
  })

  /** What the queue does with a job that failed: again, until it is done. */
  const publishUntilDone = async (event: number): Promise<void> => {
    const isDone = () =>
      publishOutbox({ ...world, bus }, { eventId: event }).then(
        () => true,
        () => false,
      )
    while (!(await isDone())) await sleep(200)
  }

  it('keeps the order of each event and loses nothing while the broker is killed and started again', async () => {
    const events = [await openEvent(), await openEvent(), await openEvent()]
    const writeAll = async (count: number) => {
      for (const event of events) await write(event, count)
    }
    const publishAll = () => Promise.all(events.map((event) => publishUntilDone(event)))
    await writeAll(400)
    const done = publishAll()
    const published = async () => {
      const rows = await Promise.all(events.map(rowsOf))
      return rows.flat().filter((row) => row.publishedAt !== null).length
    }
    await eventually(published, (count) => count >= 100)
    await broker.kill()
    // A quick machine has sent everything by now; these cannot have been sent.
    await writeAll(100)
    const doneToo = done.then(publishAll)
    await eventually(
      () => bus?.check(1000),
      (state) => state?.connected === false,
    )
    await broker.start()
    await doneToo

    const received = await leftOver(broker, 'outSource')
    for (const event of events) {
      const ids = (await rowsOf(event)).map(({ id }) => `freshwave-${id}`)
      const mine = received.map((message) => String(message.message_id)).filter((id) => ids.includes(id))
      // A repeat carries the id of the first: dropping repeats gives every message once, in order.
      expect([...new Set(mine)]).toEqual(ids)
    }
  })
})
