/** Ends the idle connections of a server that stops, including those that never had a request. */
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Returns a function that closes idle connections immediately and busy ones after their response. Node's own
 * `closeIdleConnections` keeps connections without any request so far, which browsers open in advance. With TLS a connection
 * has two sockets, of which requests know the inner one, so connections are identified by the peer's address and port.
 */
export function trackIdleConnections(server: Server): () => void {
  const peers = new WeakMap<Socket, string>()
  const idle = new Map<string, Socket>()
  const peerOf = (socket: Socket) => {
    const peer = peers.get(socket) ?? `${socket.remoteAddress} ${socket.remotePort}`
    peers.set(socket, peer)
    return peer
  }
  const open = new Set<ServerResponse>()
  server.on('connection', (socket) => {
    const peer = peerOf(socket)
    idle.set(peer, socket)
    socket.once('close', () => idle.delete(peer))
  })
  server.on('request', ({ socket }, response) => {
    const peer = peerOf(socket)
    idle.delete(peer)
    open.add(response)
    response.once('close', () => {
      open.delete(response)
      if (!socket.destroyed) idle.set(peer, socket)
    })
  })
  return () => {
    for (const socket of idle.values()) socket.destroy()
    for (const response of open) response.shouldKeepAlive = false
  }
}
