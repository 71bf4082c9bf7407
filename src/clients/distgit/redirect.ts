/** Where a git web server may send us on to: its own other places, over a connection that is no less safe. */

/** Why a redirect is not followed, or null when it is. A server may move its files and ask for TLS, nothing else. */
export function redirectFault(from: URL, to: URL | null): string | null {
  if (to?.host !== from.host) return 'leads to another host'
  const isSafe = to.protocol === 'https:' || to.protocol === from.protocol
  return isSafe ? null : 'leads to another protocol'
}
