/** A broker that behaves as a test prescribes, on a container of rhea, with a connection to it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import rhea, { type Container } from 'rhea'
import { onTestFinished } from 'vitest'
import { readBrokers } from '../../../src/bus/broker.ts'
import { type BusConnection, connectBus } from '../../../src/bus/connect.ts'
import { createLog } from '../../../src/lib/log.ts'

/**
 * A connection to a container that listens; both end with the test.
 *
 * @param open - what the container announces when a connection opens
 */
export async function oddBroker(
  prepare: (container: Container) => void,
  options = {},
  open = {},
): Promise<BusConnection> {
  const container = rhea.create_container({
    id: 'odd',
    credit_window: 0,
    autosettle: true,
    ...options,
  } as object)
  prepare(container)
  const server = container.listen({ port: 0, host: '127.0.0.1', ...open })
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  const brokers = readBrokers({ AMQP_URL: [`amqp://127.0.0.1:${port}`] })
  const bus = connectBus(brokers, 'odd-broker-test', createLog('silent'))
  onTestFinished(() => bus.close())
  return bus
}

/** A message to the address `q`. */
export const message = (id: string, body = '{}') => ({
  address: 'q',
  messageId: id,
  subject: 's',
  body,
  createdAt: new Date(),
})
