/** AUTH_BACKEND=ssl: a client certificate, checked by a trusted proxy or on our own TLS socket (behaviour/freshmaker 4). */
import { type Backend, notAuthenticated } from '../login.ts'

const MAX_SHOWN = 100

/** The user name is the subject DN as it is written. A proxy's own certificate never counts as its client's. */
export const ssl: Backend = async (request, { file: { auth_proxy_headers: names } }) => {
  const fromProxy = () => ({ verify: request.proxyHeader(names.verify), dn: request.proxyHeader(names.dn) })
  const { verify, dn } = (request.sender.isProxied ? undefined : request.certificate()) ?? fromProxy()
  if (verify !== 'SUCCESS')
    throw notAuthenticated(`Cannot verify client: ${verify?.slice(0, MAX_SHOWN) ?? 'None'}`)
  if (!dn) throw notAuthenticated('Unable to get user information (DN) from client certificate')
  return { name: dn, credential: 'certificate', groups: [], scopes: null }
}
