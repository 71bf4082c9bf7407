/** One attempt to connect to one broker; reports its end exactly once, regardless of which rhea event signalled it. */
import { connect as connectTcp, isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import rhea, { type Connection, type EventContext } from 'rhea'
import { messageOf } from '../lib/errors.ts'
import { certificateProblem } from '../lib/tls/certificate-problem.ts'
import { amqpReason } from './amqp-reason.ts'
import type { Broker } from './broker.ts'
import { tolerateUndecodable } from './decode.ts'

const OPEN_WITHIN_MS = 10_000
const CLOSE_WITHIN_MS = 2_000
/** The broker must send a sign of life this often; after twice the time without one the connection is dropped. */
const IDLE_MS = 5_000
/** rhea watches that too, but no longer once a part of a message has arrived. */
const SILENT_MS = 12_000
const TLS_SETTINGS = { authorities: 'AMQP_CA', certificate: 'AMQP_CERT' }

/** A connection from its first packet to its end. */
export type ConnectionAttempt = {
  connection: Connection
  /** Whether the broker accepted the connection; false when `ended` came first. */
  opened: Promise<boolean>
  /** Why the connection ended; always resolves in the end. */
  ended: Promise<string>
  /** Closes the connection, forcibly when the broker does not answer. */
  close(): Promise<void>
}

/** Starts to connect. Never throws: every failure is `ended`. */
export function dial(broker: Broker, containerId: string): ConnectionAttempt {
  tolerateUndecodable()
  const container = rhea.create_container({ id: containerId })
  const socket = openSocket(broker)
  const hangUp = (reason: string) => socket.destroy(new Error(reason))
  const connection = container.create_connection({
    host: broker.host,
    port: broker.port,
    hostname: broker.host,
    reconnect: false,
    idle_time_out: IDLE_MS,
    connection_details: () => ({ host: broker.host, port: broker.port, connect: adopt(socket, broker) }),
    ...sasl(broker),
  })
  catchErrors(connection)
  const ended = new Promise<string>((resolve) => {
    const end = (reason: unknown) => resolve(describe(reason))
    connection.on('connection_close', (context: EventContext) => end(context.error))
    connection.on('connection_error', (context: EventContext) => end(context.error))
    connection.on('disconnected', (context: EventContext) => end(context.error))
    // Thrown inside rhea, or by the peer's broken frames: without a listener they would end the process.
    for (const event of ['error', 'protocol_error']) {
      connection.on(event, end)
      container.on(event, end)
    }
    socket.on('close', () => end(undefined))
  })
  const opened = Promise.race([
    new Promise<boolean>((resolve) => connection.once('connection_open', () => resolve(true))),
    ended.then(() => false),
  ])
  const patience = setTimeout(hangUp, OPEN_WITHIN_MS, `no answer within ${OPEN_WITHIN_MS / 1000} s`)
  void opened.then(() => clearTimeout(patience))
  const silence = setTimeout(hangUp, SILENT_MS, `no sign of life within ${SILENT_MS / 1000} s`)
  socket.on('data', () => void silence.refresh())
  void ended.then((reason) => {
    clearTimeout(silence)
    hangUp(reason)
  })
  connection.connect()
  return {
    connection,
    opened,
    ended,
    async close() {
      if (connection.is_open()) connection.close()
      else hangUp('closed')
      const impatience = setTimeout(hangUp, CLOSE_WITHIN_MS, 'closed')
      await ended
      clearTimeout(impatience)
    },
  }
}

/** What its types leave out: all that it does for us in later turns of the event loop. */
type Inside = { _process(): void; dispatch(event: 'error', error: unknown): void }

/** rhea catches what it throws while it reads and writes, but not what it throws in between, which would end the process. */
function catchErrors(connection: Connection): void {
  const inside = connection as unknown as Inside
  const work = inside._process.bind(connection)
  inside._process = () => {
    try {
      work()
    } catch (error) {
      inside.dispatch('error', error)
    }
  }
}

/** Files that cannot be read or do not fit together, as while they are being renewed, fail this connection alone. */
function openSocket({ host, port, tls }: Broker): Socket {
  try {
    const socket = tls
      ? connectTls({ host, port, ...serverName(host), ...tls() })
      : connectTcp({ host, port })
    // Otherwise each window of deliveries waits 40 ms for the peer's delayed acknowledgement.
    return socket.setNoDelay(true)
  } catch (error) {
    return new Socket().destroy(error instanceof Error ? error : new Error(messageOf(error)))
  }
}

/** TLS requires a name there, never an address. */
function serverName(host: string): { servername?: string } {
  return isIP(host) ? {} : { servername: host }
}

/** What rhea calls to get a socket: it gets ours, and a notification once that is connected. */
function adopt(socket: Socket, { tls }: Broker) {
  return (_port: number, _host: string, _options: unknown, connected: () => void): Socket => {
    socket.once(tls ? 'secureConnect' : 'connect', connected)
    return socket
  }
}

function sasl({ login, tls }: Broker) {
  if (login.kind === 'plain') return { username: login.user, password: login.password }
  if (login.kind === 'anonymous') return { username: 'anonymous' }
  // rhea only looks whether there is one; the socket has it.
  return { enable_sasl_external: true, cert: tls }
}

function describe(reason: unknown): string {
  if (reason === undefined) return 'the broker closed the connection'
  const certificate = certificateProblem(reason, TLS_SETTINGS)
  return certificate || amqpReason(reason) || messageOf(reason) || 'the connection failed'
}
