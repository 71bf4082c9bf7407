/** The addresses that proxies note in `X-Forwarded-For`, the nearest last. */
import { isIP } from 'node:net'

/** Some proxies add the port: `10.0.0.1:4711`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:(?<v4>[\d.]+)|\[(?<v6>[\da-f:.]+)\])(?::\d{1,5})?$/i

/**
 * The client: the last hop that is not a trusted proxy, because earlier ones may be forged. Where all are trusted, the first of
 * them; undefined without a header, and where the hop in question is not an address.
 */
export function clientOf(header: string | null, isTrusted: (address: string) => boolean): string | undefined {
  const hops = listOf(header).map(addressOf)
  const last = hops.findLastIndex((hop) => hop === undefined || !isTrusted(hop))
  return hops[Math.max(last, 0)]
}

function addressOf(hop: string): string | undefined {
  const { v4, v6 } = WITH_PORT.exec(hop)?.groups ?? {}
  const address = withoutMapping(v4 ?? v6 ?? hop)
  return isIP(address) > 0 ? address : undefined
}

/** On an IPv6 socket, addresses of IPv4 clients have the form `::ffff:10.0.0.1`. */
export function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** The entries of a header that proxies append to. */
export function listOf(header: string | null | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}
