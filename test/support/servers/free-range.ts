/** Ports for a server that is given them: most tests let the system choose, and the lab on fixed ports takes sixteen in a row. */
import { createServer, type Server } from 'node:net'

const LENGTH = 16
/** Below the range from which systems give out ports, so that no connection takes one in between. */
const RANGE = { from: 21_000, to: 32_000 }

/** A free port, followed by fifteen more free ports. */
export async function freeRange(): Promise<number> {
  const first = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from))
  for (let port = first; ; port += LENGTH) {
    const servers = await Promise.allSettled(
      Array.from({ length: LENGTH }, (_none, index) => listenOn(port + index)),
    )
    await Promise.all(
      servers.map((result) => (result.status === 'fulfilled' ? closeServer(result.value) : undefined)),
    )
    if (servers.every(({ status }) => status === 'fulfilled')) return port
  }
}

/** A server that only takes the port. @throws Error when that is taken */
export function listenOn(port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

/** Frees the port. */
export function closeServer(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve))
}
