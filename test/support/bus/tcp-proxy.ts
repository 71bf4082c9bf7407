/** A TCP proxy that can be cut, to disconnect one client from a server without affecting the server. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'

export type TcpProxy = {
  port: number
  /** Ends all connections and refuses new ones. */
  cut(): void
  restore(): void
  /** Ends all connections and stops listening, as when the server has ended. */
  close(): Promise<void>
  reopen(): Promise<void>
  /** Existing connections stay open but carry nothing any more; new ones work. */
  silence(): void
  /** Ends the silenced connections at both ends, as when the network finally reports their loss. */
  drop(): void
  /** Ends the n-th connection from now on, counted from 1, after this many answers of the server. */
  breakConnection(n: number, answers: number): void
  /** The number of connections since then. */
  connections(): number
  /** Whether any connection is open. */
  isInUse(): boolean
  /** From now on all data is delayed by this time. */
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
  const delayed = () => delayLine(() => delayMs)
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      silenced.delete(socket)
    })
    socket.on('error', () => undefined)
  }
  const server = createServer((client) => {
    track(client)
    count += 1
    const isBroken = count === broken.n
    if (!open || (isBroken && broken.answers === 0)) return client.destroy()
    const upstream = connect(Number(target.port), target.hostname)
    track(upstream)
    client.pipe(delayed()).pipe(upstream)
    upstream.pipe(delayed()).pipe(client)
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
  const { port } = server.address() as AddressInfo // listening on a TCP port, so never a pipe name
  const cut = () => {
    open = false
    for (const socket of sockets) socket.destroy()
  }
  const close = async () => {
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
    close,
    async reopen() {
      open = true
      await once(server.listen(port, '127.0.0.1'), 'listening')
    },
    silence() {
      for (const socket of sockets) silenced.add(socket.unpipe().pause())
    },
    drop() {
      for (const socket of silenced) socket.destroy()
    },
    breakConnection(n, answers) {
      count = 0
      broken = { n, answers }
    },
    connections: () => count,
    isInUse: () => sockets.size > 0,
    slow(ms) {
      delayMs = ms
    },
    async stop() {
      if (server.listening) await close()
    },
  }
}

/** Passes chunks on after `delayMs()`. */
function delayLine(delayMs: () => number): Transform {
  return new Transform({
    transform: (chunk, _encoding, passed) => {
      if (delayMs() === 0) passed(null, chunk)
      else setTimeout(passed, delayMs(), null, chunk)
    },
  })
}
