/** The same advisory message sent many times over several connections: it is handled once. */
import type { Message } from 'rhea'
import { expect, it } from 'vitest'
import { connectClient } from '../support/bus/amqp-client.ts'
import { STATUS_TOPIC, statusMessage } from '../support/bus/messages.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import type { TestWorld } from '../support/lab/world.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { ownRedis, runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 12
const TIMES = 100
const CONNECTIONS = 3

const withId = statusMessage(ADVISORY)
const { message_id: _none, ...withoutId } = withId

it.each<{ which: string; message: Message }>([
  { which: 'with its id', message: withId },
  { which: 'without any id', message: withoutId },
])(`the service handles once a message that is sent ${TIMES} times $which`, async ({ message }) => {
  const { world, pipeline } = await runningPipeline(
    { catalogue: affectedImages(IMAGES) },
    { redisUrl: await ownRedis() },
  )
  shipSilently(world)
  await sendOverAllConnections(world.bus.url, message)
  const event = await pipeline.untilEnded(ADVISORY)
  await eventually(
    () => world.bus.depth(`queue://Consumer.freshwave.${STATUS_TOPIC}`),
    (depth) => depth === 0,
  )

  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  const em = pipeline.ctx.db.fork()
  expect(await em.execute('select search_key from events')).toEqual([{ search_key: String(ADVISORY) }])
  expect(
    await em.execute("select state, event_id as event from inbox where topic like '%errata.activity.status'"),
  ).toEqual([{ state: 'done', event: event.id }])
  expect(world.bus.depth('queue://DLQ')).toBe(0)
})

/** Ships the advisory without a message from the Errata Tool: all messages come from this test. */
function shipSilently({ lab, ship }: TestWorld): void {
  lab.world.bus.silent = true
  ship(ADVISORY)
  lab.world.bus.silent = false
}

/** The broker treats every delivery as a separate message. Waits until it has all of them. */
async function sendOverAllConnections(url: string, message: Message): Promise<void> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectClient(url)))
  await Promise.all(
    clients.map((client, index) => {
      const share = Math.ceil((TIMES - index) / CONNECTIONS)
      return client.send(
        `topic://${STATUS_TOPIC}`,
        Array.from({ length: share }, () => message),
      )
    }),
  )
  await Promise.all(clients.map((client) => client.close()))
}
