/** Restricts requests to users on this machine, and to those that no page of another site has sent. */
import type { Sender } from '../caller.ts'

/**
 * A request counts as local only if it came directly from this machine, was addressed to it by a local name, and was not
 * sent by a page of another site (a page that is open in a browser on this machine can send requests to any address).
 */
export function isLocalOperator(sender: Sender, headers: Headers): boolean {
  return (
    sender.isDirect &&
    isLoopbackAddress(sender.address) &&
    namesThisMachine(headers.get('host')) &&
    !isFromOtherSite(sender, headers)
  )
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address))
}

/** Guards against DNS rebinding, where a foreign host name resolves to this machine. */
function namesThisMachine(host: string | null): boolean {
  const name = (host ?? '').replace(/:\d+$/, '')
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}

/**
 * Whether a page of another site sent the request from a browser, whose certificate or ticket would be used. Browsers report it in
 * `Sec-Fetch-Site`, but without TLS only to this machine; then `Origin` counts, which is in every request that changes something.
 */
export function isFromOtherSite({ root }: Pick<Sender, 'root'>, headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = headers.get('origin')
  if (origin === null) return false
  const ownHosts = [headers.get('host')?.toLowerCase(), new URL(root).host]
  return !URL.canParse(origin) || !ownHosts.includes(new URL(origin).host)
}
