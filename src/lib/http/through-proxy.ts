/** Connects to https services through an HTTP proxy, in a tunnel: TLS ends at the service, never at the proxy. */
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { messageOf } from '../errors.ts'
import { isLoopback } from '../loopback.ts'

/** The proxy for https addresses, and the hosts that are reached without it, as in `NO_PROXY`. */
export type HttpProxy = { url: string; except: readonly string[] }

/** The code of an error when there is no tunnel, so that nothing was sent. */
export const NO_TUNNEL = 'ERR_NO_TUNNEL'

/** `connect` by way of the proxy, for the addresses that it is for. `timeoutMs`: for opening the tunnel. */
export function throughProxy(
  connect: buildConnector.connector,
  proxy: HttpProxy,
  timeoutMs: number,
): buildConnector.connector {
  const address = new URL(proxy.url)
  return (target, callback) => {
    const { protocol, hostname, port } = target
    if (protocol !== 'https:' || isLoopback(hostname) || isExcepted(hostname, port, proxy.except))
      return connect(target, callback)
    openTunnel(address, target, timeoutMs).then(
      (httpSocket) => connect({ ...target, httpSocket }, callback),
      (cause: unknown) => {
        const error = new Error(`no tunnel through the proxy ${address.host}: ${messageOf(cause)}`, { cause })
        callback(Object.assign(error, { code: NO_TUNNEL }), null)
      },
    )
  }
}

/** A name also stands for its subdomains, with or without a dot before it, `*` for every host; a port limits an entry to that port. */
export function isExcepted(hostname: string, port: string, except: readonly string[]): boolean {
  const host = withoutBrackets(hostname.toLowerCase())
  return except.some((entry) => {
    if (entry === '*') return true
    const [, written = '', onlyPort] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    const name = withoutBrackets(written.replace(/^\*?\./, ''))
    const isOfPort = onlyPort === undefined || onlyPort === (port || '443')
    return name !== '' && isOfPort && (host === name || host.endsWith(`.${name}`))
  })
}

function openTunnel(
  proxy: URL,
  { hostname, port }: buildConnector.Options,
  timeoutMs: number,
): Promise<Socket> {
  const host = withoutBrackets(hostname)
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port || '443'}`
  const isTls = proxy.protocol === 'https:'
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const request = (isTls ? requestTls : requestPlain)({
    agent: false,
    method: 'CONNECT',
    host: withoutBrackets(proxy.hostname),
    port: proxy.port || (isTls ? 443 : 80),
    path: authority,
    headers: {
      host: authority,
      ...(login !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    },
  })
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  return new Promise<Socket>((resolve, reject) => {
    request.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      socket.destroy()
      reject(new Error(`HTTP ${statusCode} for ${authority}`))
    })
    request.once('error', reject)
    request.end()
  }).finally(() => clearTimeout(timer))
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}
