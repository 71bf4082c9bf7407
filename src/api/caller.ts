/** Who asks, and under which address they see us: headers of proxies count only when a trusted proxy sends them. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { BadSettings } from '../lib/errors.ts'

/** What is known of the client of one request. */
export type Caller = {
  /** Its address; behind a trusted proxy the one that the proxy saw. */
  address: string | undefined
  /** Whether nothing stands between it and us, as far as the request shows. */
  direct: boolean
  /** What goes before every path in links: `X-Script-Name` of a trusted proxy, else empty. */
  prefix: string
  /** What goes before every path in absolute links. */
  root: string
}
/** Reads it from a request; `incoming` is missing when a request did not come over a socket (tests). */
export type ReadCaller = (headers: Headers, incoming: IncomingMessage | undefined) => Caller

const PREFIX = /^(?:\/[\w.~-]+)+$/
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i
const SCHEME = /^https?$/
const PROXY_TRACES = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/**
 * @param trusted addresses or networks (`10.0.0.0/8`) whose headers are believed (behaviour/freshmaker 3.7)
 * @param publicUrl root of absolute links when no trusted proxy names another host
 * @throws BadSettings for an entry that is no address
 */
export function createCallerReader(trusted: readonly string[], publicUrl: () => string): ReadCaller {
  const isTrusted = addressMatcher(trusted)
  return (headers, incoming) => {
    const peer = withoutMapping(incoming?.socket.remoteAddress)
    if (isTrusted(peer)) return behindProxy(headers, isTrusted, publicUrl())
    const direct = !PROXY_TRACES.some((name) => headers.has(name))
    return { address: peer, direct, prefix: '', root: publicUrl() }
  }
}

function behindProxy(headers: Headers, isTrusted: IsTrusted, publicUrl: string): Caller {
  const prefix = valid(PREFIX, headers.get('x-script-name')?.replace(/\/+$/, ''))
  const host = valid(HOST, lastOf(headers.get('x-forwarded-host')))
  const told = valid(SCHEME, lastOf(headers.get('x-scheme') ?? headers.get('x-forwarded-proto')))
  const scheme = told || new URL(publicUrl).protocol.replace(':', '')
  const hops = listOf(headers.get('x-forwarded-for')).map(withoutMapping)
  return {
    address: hops.findLast((hop) => !isTrusted(hop)),
    direct: false,
    prefix,
    root: host ? `${scheme}://${host}${prefix}` : publicUrl,
  }
}

/** The path without the prefix that a trusted proxy left in it. */
export function withoutPrefix(path: string, prefix: string): string {
  return prefix && (path === prefix || path.startsWith(`${prefix}/`))
    ? path.slice(prefix.length) || '/'
    : path
}

type IsTrusted = (address: string | undefined) => boolean

function addressMatcher(entries: readonly string[]): IsTrusted {
  const list = new BlockList()
  const problems: string[] = []
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const width = bits === undefined ? undefined : Number(bits)
    const widest = family === 'ipv6' ? 128 : 32
    const fits = width === undefined || (Number.isInteger(width) && width >= 0 && width <= widest)
    if (!isIP(address) || !fits) problems.push(`trusted_proxies: ${entry} is no IP address or network`)
    else if (width === undefined) list.addAddress(address, family)
    else list.addSubnet(address, width, family)
  }
  if (problems.length > 0) throw new BadSettings(problems)
  return (address) =>
    address !== undefined && isIP(address) > 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** IPv4 clients of an IPv6 socket are written `::ffff:10.0.0.1`. */
function withoutMapping(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** The last entry is the one that the proxy in front of us has set itself. */
function lastOf(header: string | null | undefined): string | undefined {
  return listOf(header).at(-1)
}

function listOf(header: string | null | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

function valid(pattern: RegExp, text: string | undefined): string {
  return text !== undefined && pattern.test(text) ? text : ''
}
