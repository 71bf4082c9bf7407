/** Logs in to Product Pages: OpenID Connect by redirects, with Kerberos at the identity provider, ends in a session cookie. */
import { isOfThing, noLogin, type UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { type Negotiate, negotiateWith } from '../../lib/http/negotiate.ts'

/** `negotiateFor` creates the tokens for the server of a URL. */
export type LoginOptions = { negotiateFor: (url: string) => Negotiate }

const MAX_STEPS = 15
const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * Returns a function that gets a session and returns the headers of requests in it. A token goes only to a server that
 * answers 401; each host gets the cookies it has set itself. Rejects with `UpstreamError`.
 */
export function createProductPagesLogin(
  options: ClientOptions,
  { negotiateFor }: LoginOptions,
): () => Promise<Record<string, string>> {
  const http = createHttpClient({ ...options, url: '', service: 'product-pages' })
  const start = new URL('/oidc/authenticate', options.url)
  return async () => {
    const cookies = new Map<string, Map<string, string>>()
    let url = start
    let credentials: Record<string, string> = {}
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const request = {
        path: url.href,
        label: `GET ${url.origin}${url.pathname}`,
        headers: { ...cookieHeader(cookies.get(url.host)), ...credentials },
        followRedirects: false,
        isFixedAddress: true,
        accept: [...REDIRECTS, 401],
      }
      const answer = await http.text(request).catch((error: unknown) => {
        // A login is not about a thing that could be unknown or refused.
        throw isOfThing(error) ? refused(url, error.message) : error
      })
      keepCookies(cookies, url.host, answer.headers['set-cookie'])
      const { location } = answer.headers
      if (answer.status === 401) {
        if ('authorization' in credentials) throw refused(url, 'it refuses the Kerberos ticket')
        credentials = await negotiateWith('product-pages', negotiateFor(url.href))()
      } else if (REDIRECTS.includes(answer.status) && typeof location === 'string') {
        const next = URL.parse(location, url.href)
        if (!next || !/^https?:$/.test(next.protocol))
          throw refused(url, 'it redirects to an address that is not valid')
        url = next
        credentials = {}
      } else return cookieHeader(cookies.get(start.host))
    }
    throw refused(url, `no end after ${MAX_STEPS} redirects`)
  }
}

function keepCookies(
  cookies: Map<string, Map<string, string>>,
  host: string,
  header: string | string[] | undefined,
): void {
  const jar = cookies.get(host) ?? new Map<string, string>()
  for (const cookie of [header ?? []].flat()) {
    const [, name, value] = /^\s*([^=;]+)=([^;]*)/.exec(cookie) ?? []
    if (name !== undefined && value !== undefined) jar.set(name, value)
  }
  cookies.set(host, jar)
}

function cookieHeader(jar: ReadonlyMap<string, string> | undefined): Record<string, string> {
  if (!jar || jar.size === 0) return {}
  return { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }
}

/** Our account cannot log in, which is waited for like any trouble of an account. */
function refused(url: URL, detail: string): UpstreamError {
  return noLogin('product-pages', `login at ${url.origin}: ${detail}`)
}
