/** A TCP proxy that can be cut, to disconnect one client from a server without affecting the server. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'

export type TcpProxy = {
  port: number
  /** Ends all connections and refuses new ones. */
  cut(): void
  restore(): void
  /** Ends all connections, and nothing listens any more, as when the server has ended. */
  leave(): Promise<void>
  comeBack(): Promise<void>
  /** Existing connections carry nothing any more, and are not ended either; new ones do. */
  silence(): void
  /** Ends the silenced connections at both ends, as when the network reports at last that they are gone. */
  drop(): void
  /** The n-th connection from now on, counted from 1, is ended after so many answers of the server. */
  breakOne(n: number, answers: number): void
  /** Connections since then. */
  connections(): number
  /** From now on everything passes this much later. */
  slow(delayMs: number): void
  stop(): Promise<void>
}

/** Forwards a free port of 127.0.0.1 to `target`, which may be a `URL`. */
export async function startTcpProxy(target: { hostname: string; port: string }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const silenced = new Set<Socket>()
  let open = true
  let delayMs = 0
  let count = 0
  let broken = { n: 0, answers: 0 }
  const lane = () =>
    new Transform({
      transform: (chunk, _encoding, passed) => {
        if (delayMs === 0) passed(null, chunk)
        else setTimeout(passed, delayMs, null, chunk)
      },
    })
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      silenced.delete(socket)
    })
    socket.on('error', () => undefined)
  }
  const server = createServer((client) => {
    keep(client)
    count += 1
    const isBroken = count === broken.n
    if (!open || (isBroken && broken.answers === 0)) return client.destroy()
    const upstream = connect(Number(target.port), target.hostname)
    keep(upstream)
    client.pipe(lane()).pipe(upstream)
    upstream.pipe(lane()).pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    if (isBroken) {
      let left = broken.answers
      upstream.on('data', () => {
        left -= 1
        if (left === 0) client.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port, so this is not a pipe
  const cut = () => {
    open = false
    for (const socket of sockets) socket.destroy()
  }
  const leave = async () => {
    cut()
    server.close()
    await once(server, 'close')
  }
  return {
    port,
    cut,
    restore() {
      open = true
    },
    leave,
    async comeBack() {
      open = true
      await once(server.listen(port, '127.0.0.1'), 'listening')
    },
    silence() {
      for (const socket of sockets) silenced.add(socket.unpipe().pause())
    },
    drop() {
      for (const socket of silenced) socket.destroy()
    },
    breakOne(n, answers) {
      count = 0
      broken = { n, answers }
    },
    connections: () => count,
    slow(ms) {
      delayMs = ms
    },
    async stop() {
      if (server.listening) await leave()
    },
  }
}
