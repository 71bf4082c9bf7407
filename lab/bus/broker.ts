/** The AMQP 1.0 side of the lab's bus: one listening rhea container on top of a router. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import rhea, { type Connection, type Container, type EventContext, type Sender } from 'rhea'
import { parseAddress } from './address.ts'
import { toReceived } from './message.ts'
import { attach, detach, finish, put, type Queue, schedule } from './queue.ts'
import { queueForConsumer, queueNamed, type Router, route, unsubscribe } from './router.ts'

const DEAD_LETTERS = 'DLQ'
const MAX_ATTEMPTS = 5

/** Which clients may connect. */
export type BrokerOptions = {
  /** Name -> password; unset: any client. */
  users?: Record<string, string>
  /** PEM texts; clients must present a certificate. */
  tls?: { key: string; cert: string; ca: string }
  /** With `tls`: SASL EXTERNAL is the only mechanism. */
  external?: boolean
}

/** `close` drops all connections at once, as a killed broker does. */
export type Broker = { port: number; close(): Promise<void> }

type Consumers = Map<Sender, { queue: Queue; temporary: boolean }>

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function openBroker(router: Router, port: number, options: BrokerOptions): Promise<Broker> {
  const container = rhea.create_container({
    id: 'freshwave-lab-bus',
    autoaccept: false,
    // Otherwise rhea first reports `modified` as `released`, and the attempt is not counted.
    treat_modified_as_released: false,
  })
  allowUsers(container, options)
  serveConsumers(container, router)
  serveProducers(container, router)
  const address = { port, host: '127.0.0.1', enable_sasl_external: options.external ?? false }
  const tls = { transport: 'tls' as const, ...options.tls, requestCert: true, rejectUnauthorized: true }
  const server = options.tls ? container.listen({ ...address, ...tls }) : container.listen(address)
  const sockets = new Set<Socket>()
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // listening on a TCP port, so never a pipe name
    async close() {
      const closed = once(server, 'close')
      server.close()
      // With an error: it is the only way in which rhea notices that its own side has closed.
      for (const socket of sockets) socket.destroy(new Error('the bus is down'))
      await closed
    },
  }
}

function allowUsers(container: Container, { users, external }: BrokerOptions): void {
  const isKnown = (name: string, password: string) => (users ? users[name] === password : true)
  if (!external) container.sasl_server_mechanisms.enable_plain(isKnown)
  if (!external && !users) container.sasl_server_mechanisms.enable_anonymous()
  // A peer that disconnects or violates the protocol ends its own connection only.
  for (const event of ['error', 'protocol_error', 'connection_error', 'session_error'])
    container.on(event, () => undefined)
}

function serveConsumers(container: Container, router: Router): void {
  const consumers: Consumers = new Map()
  const detachConsumer = (sender: Sender | undefined) => {
    const attached = sender && consumers.get(sender)
    if (!sender || !attached) return
    consumers.delete(sender)
    detach(attached.queue, sender)
    if (attached.temporary) unsubscribe(router, attached.queue)
  }
  container.on('sender_open', ({ sender, connection }: EventContext) => {
    const address = sender?.source?.address
    if (!sender) return
    if (!address)
      return sender.close({ condition: 'amqp:not-found', description: 'a source needs an address' })
    const queue = queueForConsumer(router, address, `${connection.container_id} ${sender.name}`)
    const temporary = parseAddress(address).kind === 'topic' && !sender.source.durable
    sender.set_source(sender.source)
    consumers.set(sender, { queue, temporary })
    attach(queue, sender)
  })
  container.on('sendable', ({ sender }: EventContext) => {
    const attached = sender && consumers.get(sender)
    if (attached) schedule(attached.queue)
  })
  // rhea reports outcomes only after it has processed everything read with them, which may include the end of the link.
  const afterOutcomes = setImmediate
  container.on('sender_close', ({ sender }: EventContext) => afterOutcomes(() => detachConsumer(sender)))
  container.on('sender_error', () => undefined)
  const detachAll = (connection: Connection) => {
    const isOf = (sender: Sender) => sender.connection === connection
    afterOutcomes(() => [...consumers.keys()].filter(isOf).forEach(detachConsumer))
  }
  container.on('session_close', ({ connection }: EventContext) => detachAll(connection))
  container.on('connection_close', ({ connection }: EventContext) => detachAll(connection))
  container.on('disconnected', ({ connection }: EventContext) => detachAll(connection))
  settleOutcomes(container, router, consumers)
}

function settleOutcomes(container: Container, router: Router, consumers: Consumers): void {
  const end = ({ sender, delivery }: EventContext) => {
    const attached = sender && consumers.get(sender)
    const item = attached && delivery && finish(attached.queue, delivery)
    return item && { item, queue: attached.queue }
  }
  const deadLetters = queueNamed(router, DEAD_LETTERS)
  container.on('accepted', end)
  container.on('rejected', (context: EventContext) => {
    const ended = end(context)
    if (ended) put(deadLetters, ended.item.message)
  })
  container.on('released', (context: EventContext) => {
    const ended = end(context)
    ended?.queue.waiting.unshift(ended.item)
  })
  container.on('modified', (context: EventContext) => {
    const ended = end(context)
    if (!ended) return
    ended.item.attempts += 1
    if (ended.item.attempts >= MAX_ATTEMPTS) put(deadLetters, ended.item.message)
    else ended.queue.waiting.push(ended.item)
  })
}

function serveProducers(container: Container, router: Router): void {
  container.on('receiver_open', ({ receiver }: EventContext) => receiver?.set_target(receiver.target))
  container.on('message', ({ receiver, message, delivery }: EventContext) => {
    const address = receiver?.target?.address ?? message?.to
    if (!message || !address)
      return delivery?.reject({ condition: 'amqp:not-found', description: 'no address' })
    router.received.push(toReceived(parseAddress(address).name, message))
    route(router, address, message)
    delivery?.accept()
  })
  container.on('receiver_error', () => undefined)
}
