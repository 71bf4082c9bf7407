/** Finds out where a request comes from and under which URL we are reached there: proxy headers count only from trusted proxies. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Identity } from '../domain/access/identity.ts'
import { BadSettings } from '../lib/errors.ts'
import { clientOf, listOf, withoutMapping } from './hops.ts'

/** The sender of a request, as far as the connection shows it. */
export type Sender = {
  /** Its IP address; behind a trusted proxy the address that the proxy reports. */
  address: string | undefined
  /** Whether no proxy is in between, as far as the request shows. */
  isDirect: boolean
  /** Whether the peer is a trusted proxy. */
  isProxied: boolean
  /** Prefix of every path in links: `X-Script-Name` or `X-Forwarded-Prefix` of a trusted proxy, else empty. */
  prefix: string
  /** Prefix of every path in absolute links. */
  root: string
}
/** Who sends a request (name, credential, groups, roles: null and none before authentication), and from where. */
export type Caller = Sender & Identity

/** Reads the sender from a request; `incoming` is missing when the request did not arrive over a socket (tests). */
export type ReadSender = (headers: Headers, incoming: IncomingMessage | undefined) => Sender

const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i
const SCHEME = /^https?$/
const PROXY_TRACES = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/**
 * @param trusted addresses or networks (`10.0.0.0/8`) of proxies whose headers are trusted (behaviour/freshmaker 3.7)
 * @param publicUrl root of absolute links unless a trusted proxy names another host
 * @throws BadSettings for entries that are not addresses or networks
 */
export function createSenderReader(trusted: readonly string[], publicUrl: () => string): ReadSender {
  const isTrusted = addressMatcher(trusted)
  return (headers, incoming) => {
    const { remoteAddress } = incoming?.socket ?? {}
    const peer = remoteAddress && withoutMapping(remoteAddress)
    if (isTrusted(peer)) return behindProxy(headers, isTrusted, publicUrl())
    const isDirect = !PROXY_TRACES.some((name) => headers.has(name))
    return { address: peer, isDirect, isProxied: false, prefix: '', root: publicUrl() }
  }
}

function behindProxy(headers: Headers, isTrusted: IsTrusted, publicUrl: string): Sender {
  const prefix = valid(PREFIX, prefixIn(headers)?.replace(/\/+$/, ''))
  const named = valid(HOST, lastOf(headers.get('x-forwarded-host')))
  const host = URL.canParse(`http://${named}`) ? named : ''
  const forwarded = valid(SCHEME, lastOf(headers.get('x-scheme') ?? headers.get('x-forwarded-proto')))
  const scheme = forwarded || new URL(publicUrl).protocol.replace(':', '')
  return {
    address: clientOf(headers.get('x-forwarded-for'), isTrusted),
    isDirect: false,
    isProxied: true,
    prefix,
    root: host ? `${scheme}://${host}${prefix}` : belowPrefix(publicUrl, prefix),
  }
}

/** Traefik and Spring send the second. As that is appended to, only its last entry is certainly of the trusted proxy. */
function prefixIn(headers: Headers): string | undefined {
  return headers.get('x-script-name') ?? lastOf(headers.get('x-forwarded-prefix'))
}

/** Whether a proxy names a prefix, trusted or not. */
export function namesPrefix(headers: Headers): boolean {
  return headers.has('x-script-name') || headers.has('x-forwarded-prefix')
}

/** A public URL with a path has its prefix already. */
function belowPrefix(publicUrl: string, prefix: string): string {
  return new URL(publicUrl).pathname === '/' ? `${publicUrl}${prefix}` : publicUrl
}

/** Removes the prefix, if a trusted proxy left it in the path. */
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
    const maxWidth = family === 'ipv6' ? 128 : 32
    const fits = width === undefined || (Number.isInteger(width) && width >= 0 && width <= maxWidth)
    if (!isIP(address) || !fits) problems.push(`trusted_proxies: ${entry} is not an IP address or CIDR range`)
    else if (width === undefined) list.addAddress(address, family)
    else list.addSubnet(address, width, family)
  }
  if (problems.length > 0) throw new BadSettings(problems)
  if (entries.length === 0) return () => false
  return (address) =>
    address !== undefined && isIP(address) > 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** The last entry was set by the proxy in front of us; earlier ones may be forged. */
function lastOf(header: string | null | undefined): string | undefined {
  return listOf(header).at(-1)
}

function valid(pattern: RegExp, text: string | undefined): string {
  return text !== undefined && pattern.test(text) ? text : ''
}
