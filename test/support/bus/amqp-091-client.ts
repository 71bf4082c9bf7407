/** A client of AMQP 0-9-1, the protocol of RabbitMQ's own clients (pika, fedora-messaging): takes and sends one message at a time. */
import { type ConsumeMessage, connect } from 'amqplib'

/** A message as such a client sees it. */
export type OldMessage = {
  routingKey: string
  contentType: string | undefined
  contentEncoding: string | undefined
  messageId: string | undefined
  body: string
}

export type OldClient = {
  /** Waits for the next message of a queue. */
  take(queue: string): Promise<OldMessage>
  /** Publishes to `amq.topic` as fedora-messaging does: JSON as bytes, with content encoding and a header. Resolves when it is in the queues. */
  publish(topic: string, messageId: string, body: string): Promise<void>
  close(): Promise<void>
}

/** Logs in at `url`, which has the name and password. */
export async function connectOldClient(url: string): Promise<OldClient> {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  await channel.prefetch(1)
  return {
    async take(queue) {
      const consumerTag = crypto.randomUUID()
      const message = await new Promise<ConsumeMessage>((resolve, reject) => {
        const onMessage = (next: ConsumeMessage | null) =>
          next ? resolve(next) : reject(new Error(`queue ${queue} was deleted`))
        channel.consume(queue, onMessage, { consumerTag }).catch(reject)
      })
      await channel.cancel(consumerTag)
      channel.ack(message)
      const { contentType, contentEncoding, messageId } = message.properties
      return {
        routingKey: message.fields.routingKey,
        contentType,
        contentEncoding,
        messageId,
        body: message.content.toString(),
      }
    },
    async publish(topic, messageId, body) {
      channel.publish('amq.topic', topic, Buffer.from(body), {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        messageId,
        headers: { fedora_messaging_schema: 'base.message' },
      })
      await channel.waitForConfirms()
    },
    close: () => connection.close(),
  }
}
