/** AUTH_BACKEND=kerberos: a trusted proxy has checked the ticket, the directory knows the groups (behaviour/freshmaker 4). */
import { messageOf } from '../../../lib/errors.ts'
import { type Backend, type LoginContext, notAuthenticated } from '../login.ts'

const MAX_SHOWN = 100

/**
 * The header has the principal, `user@REALM`, or the user name alone where the proxy removes the realm. Realms may trust each other,
 * so users of two realms can have one name (decision 0087).
 */
export const kerberos: Backend = async (request, ctx) => {
  const principal = request.proxyHeader(ctx.file.auth_proxy_headers.user)
  if (!principal) throw notAuthenticated('REMOTE_USER is not present in request.')
  const [name = '', ...realms] = principal.split('@')
  if (!name || realms.length > 1)
    throw notAuthenticated('REMOTE_USER is not a user name, with or without one @REALM.')
  const [realm] = realms
  const { auth_kerberos_realms: accepted } = ctx.file
  if (realm !== undefined && accepted.length > 0 && !accepted.includes(realm))
    throw notAuthenticated(`Users of the realm ${realm.slice(0, MAX_SHOWN)} cannot log in.`)
  return { name, credential: 'kerberos', groups: await groupsOf(name, ctx), scopes: null }
}

/** None while the directory fails, as in the original: users that `permissions` names keep their roles. */
async function groupsOf(user: string, { clients, log }: LoginContext): Promise<readonly string[]> {
  try {
    return (await clients.ldap?.groupsOf(user)) ?? []
  } catch (error) {
    log.warn({ user, reason: messageOf(error) }, 'directory lookup failed, user has no groups')
    return []
  }
}
