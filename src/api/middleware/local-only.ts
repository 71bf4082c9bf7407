/** Restricts access to the queues to users on this machine. */
import type { Caller } from '../caller.ts'

/**
 * A request counts as local only if it came directly from this machine, was addressed to it by a local name, and was not
 * sent by a page of another site (a page that is open in a browser on this machine can send requests to any address).
 */
export function isLocalOperator(caller: Caller, headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  const fromOtherSite = site !== null && site !== 'same-origin' && site !== 'none'
  return (
    caller.direct &&
    isLoopbackAddress(caller.address) &&
    namesThisMachine(headers.get('host')) &&
    !fromOtherSite
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
