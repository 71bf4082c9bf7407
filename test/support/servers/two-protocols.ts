/** One port for plain HTTP and HTTPS, for tests of redirects from one to the other. */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { CERTIFICATE, PRIVATE_KEY } from './test-certificate.ts'

const TLS_HANDSHAKE = 0x16

/** Starts both, and stops them at the end of the test; returns the port of 127.0.0.1. */
export async function serveBoth(plain: RequestListener, secure: RequestListener): Promise<number> {
  const plainServer = createServer(plain)
  const secureServer = createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, secure)
  const sockets = new Set<Socket>()
  const listener = createListener((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (first) => {
      socket.pause()
      socket.unshift(first)
      const server = first[0] === TLS_HANDSHAKE ? secureServer : plainServer
      server.emit('connection', socket)
      process.nextTick(() => socket.resume())
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  return (listener.address() as AddressInfo).port // listening on a TCP port, so never a pipe name
}
