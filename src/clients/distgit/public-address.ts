/** Guards against SSRF: rule files on unconfigured hosts resolve to public addresses only, redirects keep their host. */
import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * This machine, private and shared networks, link-local and multicast addresses, those reserved for documentation and
 * tests, and IPv6 forms that embed or tunnel an IPv4 address.
 */
const NOT_PUBLIC = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const

const notPublicNetworks = new BlockList()
for (const [network, prefix] of NOT_PUBLIC)
  notPublicNetworks.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4')

/** Whether the address is public; an IPv4 address written as an IPv6 one counts as IPv4. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !notPublicNetworks.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * A DNS lookup that returns public addresses only. It checks the very addresses that are then connected to, so that a
 * name cannot lead elsewhere the second time it is resolved.
 */
export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const addresses = (found ?? []).filter(({ address }) => isPublicAddress(address))
    const [first] = addresses
    if (error || !first) callback(error ?? notPublic(hostname), [])
    else if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

function notPublic(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no public address and is not a configured host`), {
    code: 'ENOTFOUND',
  })
}

/** Why a redirect is not followed, or null when it is. A server may move its files and switch to TLS, nothing else. */
export function redirectFault(from: URL, to: URL | null): string | null {
  if (to?.host !== from.host) return 'redirects to another host'
  const isSafe = to.protocol === 'https:' || to.protocol === from.protocol
  return isSafe ? null : 'redirects to another protocol'
}
