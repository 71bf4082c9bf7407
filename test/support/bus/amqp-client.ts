/** A plain AMQP client for tests: the peer on the bus, independent of the code under test. */
import { once } from 'node:events'
import rhea, { type Connection, type EventContext, type Message } from 'rhea'
import { bodyText } from '../../../lab/bus/message.ts'

export type AmqpClient = {
  /** Resolves when the broker has accepted all messages. */
  send(address: string, messages: readonly Message[]): Promise<void>
  /** Accepts all deliveries and adds them to `received`, with the text of the body; calls `onMessage` with each as it arrives. */
  consume(
    address: string,
    onMessage?: (message: Message) => void,
  ): Promise<{ received: Message[]; close(): void }>
  close(): Promise<void>
}

/** Connects to `url` (`amqp://user:password@host:port`); throws if the broker is unreachable. */
export async function connectClient(url: string): Promise<AmqpClient> {
  const { hostname: host, port, username, password } = new URL(url)
  const container = rhea.create_container({ id: `test-${crypto.randomUUID()}` })
  container.on('error', () => undefined)
  container.on('disconnected', () => undefined)
  const login = username ? { username, password } : {}
  const connection = container.connect({ host, port: Number(port), reconnect: false, ...login })
  await Promise.race([
    once(connection, 'connection_open'),
    once(connection, 'disconnected').then(() => Promise.reject(new Error(`no broker at ${host}:${port}`))),
  ])
  connection.on('disconnected', () => undefined)
  return {
    send: (address, messages) => sendAll(connection, address, messages),
    async consume(address, onMessage) {
      const received: Message[] = []
      const receiver = connection.open_receiver({ source: { address }, name: crypto.randomUUID() })
      receiver.on('message', ({ message }: EventContext) => {
        if (!message) return
        const readable = { ...message, body: bodyText(message.body) }
        received.push(readable)
        onMessage?.(readable)
      })
      await once(receiver, 'receiver_open')
      return { received, close: () => receiver.close() }
    },
    async close() {
      if (!connection.is_open()) return
      connection.close()
      await once(connection, 'connection_close')
    },
  }
}

function sendAll(connection: Connection, address: string, messages: readonly Message[]): Promise<void> {
  const sender = connection.open_sender(address)
  let sent = 0
  let accepted = 0
  return new Promise((resolve, reject) => {
    const sendSome = () => {
      while (sender.sendable() && sent < messages.length) {
        const message = messages[sent++]
        if (message) sender.send(message)
      }
    }
    sender.on('sendable', sendSome)
    sender.on('accepted', () => {
      accepted += 1
      if (accepted < messages.length) return
      sender.close()
      resolve()
    })
    for (const event of ['rejected', 'released', 'sender_error', 'session_error'])
      sender.on(event, () => reject(new Error(`${address}: ${event}`)))
    connection.on('disconnected', () => reject(new Error(`${address}: disconnected`)))
  })
}
