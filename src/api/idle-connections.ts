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
  const open = new Map<ServerResponse, string>() // with the peer
  let isEnding = false
  server.on('connection', (socket) => {
    const peer = peerOf(socket)
    idle.set(peer, socket)
    socket.once('close', () => idle.delete(peer))
  })
  server.on('request', ({ socket }, response) => {
    const peer = peerOf(socket)
    idle.delete(peer)
    open.set(response, peer)
    response.once('close', () => {
      open.delete(response)
      // The next request may have come before the answer to this one.
      const isBusy = open.values().some((other) => other === peer)
      if (isBusy || socket.destroyed) return
      if (isEnding) socket.destroySoon()
      else idle.set(peer, socket)
    })
  })
  return () => {
    isEnding = true
    for (const socket of idle.values()) socket.destroy()
    // Responses whose headers are not sent yet announce that the connection closes.
    for (const response of open.keys()) response.shouldKeepAlive = false
  }
}
