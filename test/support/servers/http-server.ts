/** A small real HTTP server on a free loopback port, for one test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A received request: method, URL with query, headers and the whole body. */
export type Received = { method: string; url: string; headers: IncomingMessage['headers']; body: string }

/** Answers one request; `count` is the number of earlier requests. */
export type Answer = (request: Received, response: ServerResponse, count: number) => void | Promise<void>

/** Starts the server, and stops it at the end of the test. */
export async function serve(
  answer: Answer,
): Promise<{ url: string; received: Received[]; stop: () => Promise<void> }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    const arrived = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
    await answer(arrived, response, received.push(arrived) - 1)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, stop } // listening on a TCP port, so never a pipe name
}

/** Completes a response with a JSON body. */
export function sendJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** A URL where no server listens: port 1 is reserved, so no test can get it, unlike a port that was free a moment ago. */
export const DEAD_URL = 'http://127.0.0.1:1'
