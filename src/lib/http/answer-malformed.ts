/** Answers malformed HTTP requests, which no handler ever sees, with a readable message like every other refusal. */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'

/** What a server takes of one request. */
export type RequestLimits = { maxHeaderSize: number; requestTimeout: number }

/** Why a request is refused before anything reads it. */
export type RequestRefusal = { status: 400 | 408 | 413 | 417 | 431 | 500; message: string }

const MAX_SHOWN = 100
const LINGER_MS = 2000

/** Adds the answers to requests that the parser of Node refuses, and to expectations that are not met. */
export function answerMalformed(server: Server, limits: RequestLimits, log: Logger): void {
  const responses = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  server.on('request', ({ socket }, response) => responses.set(socket, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (refused.has(socket)) return // the rest of what was refused
    const running = responses.get(socket)
    const isInAnswer = running?.headersSent && !running.writableFinished
    if (error.code === 'ECONNRESET' || !socket.writable || isInAnswer) {
      socket.destroy(error)
      return
    }
    refused.add(socket)
    const refusal = refusalOf(error, limits)
    log.info(refusal, 'malformed request')
    const body = bodyOf(refusal)
    const head = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`
    const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`
    socket.end(`${head}\r\n${headers}\r\n\r\n${body}`)
    // A client that is still sending would be reset and lose the answer if the connection were closed with bytes unread.
    const linger = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(linger))
  })
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const expectation = request.headers.expect?.slice(0, MAX_SHOWN)
    const refusal = { status: 417, message: `The expectation ${expectation} is not supported.` } as const
    log.info(refusal, 'malformed request')
    response.writeHead(417, { 'Content-Type': 'application/json', Connection: 'close' }).end(bodyOf(refusal))
  })
}

function refusalOf(
  error: NodeJS.ErrnoException,
  { maxHeaderSize, requestTimeout }: RequestLimits,
): RequestRefusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        message: `The address and the header fields together are larger than ${maxHeaderSize} bytes.`,
      }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'The extensions of the chunks are too large.' }
    case 'HPE_INVALID_EOF_STATE':
      return { status: 400, message: 'The connection was closed before the request was complete.' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: `The request was not complete within ${requestTimeout / 1000} seconds.` }
    default: {
      const reason = messageOf(error).replace(/^Parse Error: /, '')
      return { status: 400, message: `The request is not valid HTTP: ${reason}.` }
    }
  }
}

/** The body of a refusal in the form of the rebuild API, which includes the fields that the gate would send. */
export function bodyOf({ status, message }: RequestRefusal): string {
  return JSON.stringify({ error: STATUS_CODES[status], message, status })
}
