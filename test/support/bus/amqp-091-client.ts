/** A minimal client of AMQP 0-9-1, the protocol that clients of RabbitMQ (pika, fedora-messaging) speak: takes and sends one message at a time. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

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
  close(): void
}

type Frame = { type: number; payload: Buffer }

const METHOD = 1
const HEADER = 2
const BODY = 3
const FRAME_END = 0xce

/** Logs in as `guest` at `url`. */
export async function connectOldClient(url: string): Promise<OldClient> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  const frames = readFrames(socket)
  const next = async () => (await frames.next()).value as Frame // the socket ends only when a test has failed
  const call = async (channel: number, method: readonly [number, number], ...args: Buffer[]) => {
    socket.write(frame(METHOD, channel, u16(...method), ...args))
    return next()
  }
  socket.write('AMQP\x00\x00\x09\x01')
  await next()
  const tune = await call(0, [10, 11], u32(0), short('PLAIN'), long('\0guest\0guest'), short('en_US'))
  socket.write(frame(METHOD, 0, u16(10, 31), tune.payload.subarray(4, 10), u16(0)))
  await call(0, [10, 40], short('/'), short(''), byte(0))
  await call(1, [20, 10], short(''))
  await call(1, [60, 10], u32(0), u16(1), byte(0)) // one message at a time until it is acknowledged
  await call(1, [85, 10], byte(0)) // what is published is confirmed
  return {
    async take(queue) {
      const tag = crypto.randomUUID()
      await call(1, [60, 20], u16(0), short(queue), short(tag), byte(0), u32(0))
      const { payload } = await next()
      const header = (await next()).payload
      const size = Number(header.readBigUInt64BE(4))
      const parts: Buffer[] = []
      while (Buffer.concat(parts).length < size) parts.push((await next()).payload)
      await call(1, [60, 30], short(tag), byte(0))
      socket.write(frame(METHOD, 1, u16(60, 80), deliveryTagOf(payload), byte(0)))
      return {
        routingKey: routingKeyOf(payload),
        ...propertiesOf(header),
        body: Buffer.concat(parts).toString(),
      }
    },
    async publish(topic, messageId, body) {
      const bytes = Buffer.from(body)
      const schema = Buffer.concat([short('fedora_messaging_schema'), Buffer.from('S'), long('base.message')])
      const flags = (1 << 15) | (1 << 14) | (1 << 13) | (1 << 7)
      const properties = [
        short('application/json'),
        short('utf-8'),
        u32(schema.length),
        schema,
        short(messageId),
      ]
      socket.write(frame(METHOD, 1, u16(60, 40, 0), short('amq.topic'), short(topic), byte(0)))
      socket.write(frame(HEADER, 1, u16(60, 0), u32(0, bytes.length), u16(flags), ...properties))
      socket.write(frame(BODY, 1, bytes))
      await next()
    },
    close: () => socket.destroy(),
  }
}

async function* readFrames(socket: Socket): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 7 && rest.length >= 8 + rest.readUInt32BE(3)) {
      const end = 7 + rest.readUInt32BE(3)
      yield { type: rest.readUInt8(0), payload: rest.subarray(7, end) }
      rest = rest.subarray(end + 1)
    }
  }
}

function frame(type: number, channel: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts)
  return Buffer.concat([byte(type), u16(channel), u32(payload.length), payload, byte(FRAME_END)])
}

/** A delivery has a consumer tag, a delivery tag, whether it is a repeat, an exchange and a routing key. */
function deliveryTagOf(payload: Buffer): Buffer {
  const at = 5 + payload.readUInt8(4)
  return payload.subarray(at, at + 8)
}

function routingKeyOf(payload: Buffer): string {
  const exchangeAt = 5 + payload.readUInt8(4) + 9
  return readShort(payload, exchangeAt + 1 + payload.readUInt8(exchangeAt))
}

function propertiesOf(header: Buffer) {
  const flags = header.readUInt16BE(12)
  let at = 14
  const has = (bit: number) => (flags & (1 << bit)) !== 0
  const text = (bit: number) => {
    if (!has(bit)) return undefined
    const value = readShort(header, at)
    at += 1 + header.readUInt8(at)
    return value
  }
  const contentType = text(15)
  const contentEncoding = text(14)
  if (has(13)) at += 4 + header.readUInt32BE(at)
  for (const bit of [12, 11]) if (has(bit)) at += 1
  for (const bit of [10, 9, 8]) text(bit)
  return { contentType, contentEncoding, messageId: text(7) }
}

function readShort(buffer: Buffer, at: number): string {
  return buffer.toString('utf8', at + 1, at + 1 + buffer.readUInt8(at))
}

const byte = (value: number) => Buffer.from([value])
const short = (text: string) => Buffer.concat([byte(Buffer.byteLength(text)), Buffer.from(text)])
const long = (text: string) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)])

const u16 = (...values: number[]) =>
  Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 0xff])))
const u32 = (...values: number[]) => u16(...values.flatMap((value) => [value >>> 16, value & 0xffff]))
