/** Serves the app over HTTP or HTTPS, and stops gracefully: running requests are completed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { openStreams } from '../commands/streams/open-streams.ts'
import type { Environment } from '../config/env.ts'
import { answerMalformed } from '../lib/http/answer-malformed.ts'
import type { Api, ApiContext, ApiEnv, SharedContext } from './api.ts'
import { createApp, createGateApp } from './app.ts'
import { trackIdleConnections } from './idle-connections.ts'
import { answerOutsideApp, answerWrongHost } from './input/outside-app.ts'
import { isTooLong } from './middleware/body-limit.ts'
import { readOwnCertificate, renewOwnCertificate } from './own-certificate.ts'
import { PresetResponse } from './response.ts'
import { handOver } from './streams/hand-over.ts'

/** Max size of the address and the header fields together: pages with forms have lists of images and RPMs in their address. */
const MAX_HEADER_BYTES = 65_536
const REQUEST_PATIENCE_MS = 30_000
/**
 * Longer than proxies and load balancers keep connections without a request (most a minute): one that is closed on this side just when
 * it is used again fails that request, with 502.
 */
const KEEP_ALIVE_MS = 75_000

/** `stop` ends all streams, then waits up to half of `shutdown_grace_s` for running requests; it does not close the context. */
export type Web = { url: string; stop(): Promise<void> }

/**
 * Serves the whole API on HOST and PORT.
 * @throws Error that names the settings when the port is in use or the host is not local
 */
export async function startWeb(ctx: ApiContext): Promise<Web> {
  const streams = openStreams(ctx)
  const web = await serve(ctx, (publicUrl) => createApp(ctx, publicUrl, streams))
  streams.start()
  return {
    url: web.url,
    stop: async () => {
      await Promise.all([web.stop(), streams.stop()]) // in this order: no stream is opened any more
    },
  }
}

/** Serves the gate's API alone. @throws Error as above */
export function startGateWeb(ctx: SharedContext): Promise<Web> {
  return serve(ctx, (publicUrl) => createGateApp(ctx, publicUrl))
}

async function serve(ctx: SharedContext, createFor: (publicUrl: () => string) => Api): Promise<Web> {
  const { HOST, PORT, PUBLIC_URL, TLS_CERT } = ctx.settings.env
  let publicUrl = PUBLIC_URL
  const app = createFor(() => publicUrl)
  const limits = {
    ServerResponse: PresetResponse,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false, // Node would refuse such a request without a body; it is refused below with one
    headersTimeout: REQUEST_PATIENCE_MS,
    requestTimeout: REQUEST_PATIENCE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
  const listener = getRequestListener(
    async (request, env) => {
      const bindings = env as ApiEnv['Bindings'] // the server does not speak HTTP/2
      const { incoming } = bindings
      const wrongHost = incoming && answerWrongHost(incoming, ctx.log)
      return wrongHost ?? handOver(await app.fetch(request, bindings), bindings)
    },
    {
      errorHandler: (error) => answerOutsideApp(error, ctx.log),
      hostname: 'localhost', // for requests without a Host header, which HTTP/1.0 allows
    },
  )
  const certificate = readOwnCertificate(ctx.settings.env)
  const tls = certificate && { ...certificate, ...clientCertificates(ctx.settings.env) }
  const secure = tls && createTlsServer({ ...limits, ...tls }, listener)
  const server = secure ?? createServer<typeof IncomingMessage, typeof PresetResponse>(limits, listener)
  answerMalformed(server, limits, ctx.log)
  server.on('checkContinue', (incoming: IncomingMessage, response: ServerResponse) => {
    // The client sends its body after this: one that is refused for its announced length need not be sent.
    if (!isTooLong(incoming.headers['content-length'], ctx.settings.file.max_request_bytes))
      response.writeContinue()
    server.emit('request', incoming, response)
  })
  const endIdle = trackIdleConnections(server)
  const port = await listen(server, HOST, PORT)
  const url = `${TLS_CERT ? 'https' : 'http'}://${HOST.includes(':') ? `[${HOST}]` : HOST}:${port}`
  if (PORT === 0 && PUBLIC_URL.endsWith(':0')) publicUrl = url
  ctx.log.info({ url }, 'listening')
  const renewal = { files: ctx.settings.env, log: ctx.log }
  const endRenewal = secure && renewOwnCertificate(secure, certificate, renewal)
  return {
    url,
    stop: async () => {
      endRenewal?.()
      await close(server, endIdle, ctx.settings.file.shutdown_grace_s * 500)
    },
  }
}

/**
 * With TLS_CLIENT_CA a client certificate is requested. One that fails is not refused in the handshake: the login reports the reason
 * in the body shape of the API, and reading needs none.
 */
function clientCertificates({ TLS_CLIENT_CA }: Environment) {
  return TLS_CLIENT_CA ? { requestCert: true, rejectUnauthorized: false } : {}
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(explain(error, host, port))
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port // a TCP server, never a pipe
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new Error(
      `PORT: ${port} on ${host} is already in use; stop the program that uses it or choose another PORT.`,
    )
  return new Error(`HOST, PORT: cannot listen on ${host}:${port}: ${error.message}`)
}

async function close(server: Server, endIdle: () => void, patienceMs: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), patienceMs)
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    endIdle()
  })
  clearTimeout(deadline)
}
