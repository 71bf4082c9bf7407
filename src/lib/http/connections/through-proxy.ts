/** Connects to https services through an HTTP proxy, in a tunnel: TLS ends at the service, never at the proxy. */
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { BlockList, isIP, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { messageOf } from '../../errors.ts'
import { isLoopback } from '../../loopback.ts'

/** The proxy for https addresses, and the hosts that are reached without it, as in `NO_PROXY`. */
export type HttpProxy = { url: string; except: readonly string[] }

/** Makes `connect` go through the proxy for all addresses that are not excepted. `timeoutMs`: for opening the tunnel. */
export function throughProxy(
  connect: buildConnector.connector,
  proxy: HttpProxy,
  timeoutMs: number,
): buildConnector.connector {
  const address = new URL(proxy.url)
  return (target, callback) => {
    const { protocol, hostname, port } = target
    if (
      protocol !== 'https:' ||
      isLoopback(withoutBrackets(hostname)) ||
      isExcepted(hostname, port, proxy.except)
    )
      return connect(target, callback)
    openTunnel(address, target, timeoutMs).then(
      (httpSocket) => connect({ ...target, httpSocket }, callback),
      (cause: unknown) => {
        callback(
          new Error(`no tunnel through the proxy ${address.host}: ${messageOf(cause)}`, { cause }),
          null,
        )
      },
    )
  }
}

/**
 * A name also stands for its subdomains, with or without a dot before it, `*` for every host, and a network (`10.0.0.0/8`) for its
 * addresses, but not for names that resolve to them; a port limits an entry to that port.
 */
export function isExcepted(hostname: string, port: string, except: readonly string[]): boolean {
  const host = withoutBrackets(hostname.toLowerCase())
  return except.some((entry) => {
    if (entry === '*') return true
    const [, written = '', onlyPort] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    const name = withoutBrackets(written.replace(/^\*?\./, ''))
    const isOfPort = onlyPort === undefined || onlyPort === (port || '443')
    return name !== '' && isOfPort && (host === name || host.endsWith(`.${name}`) || isInNetwork(host, name))
  })
}

const FAMILIES = { 4: { type: 'ipv4', bits: 32 }, 6: { type: 'ipv6', bits: 128 } } as const

function isInNetwork(host: string, network: string): boolean {
  const [address = '', prefix] = network.split('/')
  const family = isIP(address) === 6 ? FAMILIES[6] : FAMILIES[4]
  if (isIP(host) === 0 || isIP(host) !== isIP(address) || !/^\d{1,3}$/.test(prefix ?? '')) return false
  if (Number(prefix) > family.bits) return false
  const addresses = new BlockList()
  addresses.addSubnet(address, Number(prefix), family.type)
  return addresses.check(host, family.type)
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
