/** Clients of streams on bare sockets, light enough for ten thousand of them in one process. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** An open stream; `begun` resolves when the server has answered. */
export type StreamClient = { socket: Socket; begun: Promise<void> }

/** Opens a stream of events; `query` selects them. `onChange` is called with the number `n` of each change. */
export function openStream(url: URL, query: string, onChange: (n: number) => void): StreamClient {
  const socket = connect(Number(url.port), url.hostname)
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  socket.write(`GET /api/2/stream${query} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`)
  const begun = new Promise<void>((resolve) => {
    socket.on('data', (text: string) => {
      if (text.includes('retry: ')) resolve()
      for (const [, n] of text.matchAll(/"n":(\d+)/g)) onChange(Number(n))
    })
  })
  return { socket, begun }
}

/** Opens many streams in groups, because the server's queue of pending connections is limited. */
export async function openStreams(
  url: URL,
  count: number,
  queryOf: (index: number) => string,
  onChange: (n: number) => void,
): Promise<StreamClient[]> {
  const clients: StreamClient[] = []
  while (clients.length < count) {
    const size = Math.min(100, count - clients.length)
    const opened = Array.from({ length: size }, (_none, n) =>
      openStream(url, queryOf(clients.length + n), onChange),
    )
    clients.push(...opened)
    await Promise.all(opened.map(({ begun }) => begun))
  }
  return clients
}

/** A proxy whose `stopReading` leaves all connections to the server open but unread, so that clients vanish unnoticed. */
export async function startStallingProxy(target: URL) {
  const upstreams = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    upstreams.add(upstream)
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.pipe(upstream, { end: false })
    upstream.pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), // never a pipe
    stopReading: () => {
      for (const upstream of upstreams) {
        upstream.unpipe()
        upstream.pause()
      }
    },
    stop: () => {
      for (const upstream of upstreams) upstream.destroy()
      server.close()
    },
  }
}
