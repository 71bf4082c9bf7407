/** The loopback interface: the host names that stand for it, and free ports on it. */
import { randomInt } from 'node:crypto'
import { createServer, isIPv4 } from 'node:net'

/** Whether `host` can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/**
 * Linux chooses ports of outgoing connections above these, so a server that restarts later finds its port still free. 10080 is the
 * last port that browsers and `fetch` refuse to open.
 */
const PORTS = { first: 10_081, end: 32_768 }

/** A port of 127.0.0.1 that is free at the moment of the call; nothing reserves it against other servers. */
export async function freePort(): Promise<number> {
  for (let attempts = 0; attempts < 100; attempts++) {
    const port = randomInt(PORTS.first, PORTS.end)
    if (await canListen(port)) return port
  }
  throw new Error('found no free port on 127.0.0.1')
}

/** Whether a server could listen at this port of 127.0.0.1 at the moment of the call. */
export async function canListen(port: number): Promise<boolean> {
  const server = createServer()
  const listening = new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true))
    server.once('error', () => resolve(false))
  })
  server.listen(port, '127.0.0.1')
  if (!(await listening)) return false
  await new Promise((closed) => server.close(closed))
  return true
}
