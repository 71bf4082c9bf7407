/** Requests with content whose address has moved: where to repeat them, and with which headers. */
import type { Dispatcher } from 'undici'

const MOVED = new Set([301, 302, 307, 308])

/**
 * Where to repeat a request with content: the same path on the same host, which now wants TLS, another port, or a slash at its end.
 * Undefined: it has not moved, or to something else, such as a login.
 */
export function movedTo(
  address: string,
  { statusCode, headers: { location } }: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>,
): string | undefined {
  if (!MOVED.has(statusCode) || typeof location !== 'string') return undefined
  const [from, to] = [new URL(address), URL.parse(location, address)]
  const hostAndPath = ({ hostname, pathname }: URL) => `${hostname}${pathname.replace(/\/+$/, '')}`
  const isSafe = to?.protocol === 'https:' || to?.protocol === from.protocol
  // To the very same address after it was carried out, as for a browser that then shows the list it has added to.
  const hasMoved = to !== null && to.href !== from.href
  return hasMoved && isSafe && hostAndPath(to) === hostAndPath(from) ? to.href : undefined
}

const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization'])

/**
 * The headers for an address that `first` has moved to. Credentials are only for the origin they were meant for, as in `fetch`, since
 * another port of a host may be another service; but from the usual port of `http` to that of `https` on one host they are kept, as
 * Python's clients do: an old address of a service answers 401 otherwise.
 */
export function headersFor(
  { first, address }: { first: string; address: string },
  headers: Record<string, string>,
): Record<string, string> {
  const [from, to] = [new URL(first), new URL(address)]
  const isUpgrade =
    from.hostname === to.hostname &&
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    [from, to].every(({ port }) => port === '') // the usual one
  if (from.origin === to.origin || isUpgrade) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())))
}
