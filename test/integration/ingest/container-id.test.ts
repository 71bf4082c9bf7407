/** The name under which a broker knows ingest, and keeps its durable subscriptions. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import rhea, { type EventContext } from 'rhea'
import { expect, it, onTestFinished } from 'vitest'
import { startIngest } from '../../../src/ingest/main.ts'
import { createTestContext } from '../../support/context.ts'
import { eventually } from '../../support/eventually.ts'

it.each([
  ['is the same after a restart for a topic', 'topic://a', {}, /^freshwave-ingest$/],
  ['is that of the installation', 'topic://a', { AMQP_CONTAINER_ID: 'stage' }, /^stage$/],
  ['is different in each process for a queue', 'queue://a', {}, /^freshwave-ingest-.+-[0-9a-f]{8}$/],
])('%s', async (_name, source, env, expected) => {
  const container = rhea.create_container({ id: 'broker' })
  const ids: string[] = []
  container.on('connection_open', ({ connection }: EventContext) => ids.push(connection.container_id))
  const server = container.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  const ctx = await createTestContext({
    ...env,
    AMQP_URL: `amqp://127.0.0.1:${port}`,
    AMQP_SOURCES: source,
  })
  onTestFinished(ctx.drop)
  const ingest = await startIngest(ctx)
  onTestFinished(ingest.stop)
  await eventually(
    () => ids.length,
    (count) => count > 0,
  )
  expect(ids[0]).toMatch(expected)
})
