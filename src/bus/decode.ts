/** Makes rhea hand over an undecodable message as bytes. By default it closes the connection, and then receives the same message again, forever. */
import rhea, { type Message } from 'rhea'

/** What rhea hands over: bytes are a message that cannot be decoded, or one of another format than that of AMQP 1.0. */
export type ReceivedMessage = Message | Buffer

/** rhea has no bytes at all for a transfer without payload. */
type Decode = (bytes: Buffer | undefined) => ReceivedMessage

const TOLERANT = Symbol.for('freshwave.tolerant-decode')

/** Changes the one decoder that all connections of the process share; safe to repeat. */
export function tolerateUndecodable(): void {
  const codec = rhea.message as unknown as { decode: Decode & { [TOLERANT]?: true } } // typed as if it took a message
  if (codec.decode[TOLERANT]) return
  const decode: Decode = codec.decode
  const tolerant: Decode = (bytes = Buffer.alloc(0)) => {
    try {
      return decode(bytes)
    } catch {
      return bytes
    }
  }
  codec.decode = Object.assign(tolerant, { [TOLERANT]: true as const })
}
