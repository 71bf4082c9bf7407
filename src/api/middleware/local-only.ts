/** Who may look into and change the queues: whoever sits at this machine. */
import type { Caller } from '../caller.ts'

/**
 * A request counts as local only if it came straight from this machine, was meant for it, and was not sent by a page
 * of another site (a browser here may be shown any page, and such a page may call any address).
 */
export function isLocalOperator(client: Caller, headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  const fromOtherSite = site !== null && site !== 'same-origin' && site !== 'none'
  return (
    client.direct &&
    isLoopbackAddress(client.address) &&
    namesThisMachine(headers.get('host')) &&
    !fromOtherSite
  )
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address))
}

/** Another name that leads here would mean that somebody's name server plays a trick on the browser. */
function namesThisMachine(host: string | null): boolean {
  const name = (host ?? '').replace(/:\d+$/, '')
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)
}
