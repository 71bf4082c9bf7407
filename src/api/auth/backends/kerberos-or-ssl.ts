/** AUTH_BACKEND=kerberos_or_ssl: by ticket if the proxy reports a user, else by certificate (behaviour/freshmaker 4). */
import type { Backend } from '../login.ts'
import { kerberos } from './kerberos.ts'
import { ssl } from './ssl.ts'

/** A user that the proxy reports is never replaced by the certificate, even if its name is refused. */
export const kerberosOrSsl: Backend = (request, ctx) => {
  const hasUser = request.proxyHeader(ctx.file.auth_proxy_headers.user) !== undefined
  return hasUser ? kerberos(request, ctx) : ssl(request, ctx)
}
