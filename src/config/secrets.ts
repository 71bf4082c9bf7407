/** Hides the secrets of settings and addresses before they are shown. */
import { withoutPassword } from '../lib/log.ts'

const HIDDEN = '***'
const SECRET_NAME = /secret|passw(or)?d|token/i
/** Names of headers are not secret, though one of them is that of a token. */
const PUBLIC_NAME = /^auth_proxy_headers\b/
const SECRET_PARAMETER = /([?&][^=&\s]*(?:secret|passw(?:or)?d|token)[^=&\s]*=)[^&\s]+/gi
/** `https://TOKEN@host`: git servers take a token in place of the user. */
const LONE_USER = /(https?:\/\/)[^:/?#@\s]+@/g

/**
 * `value` as JSON, with what is secret in it replaced: values whose own key, or that of anything around them, names a
 * secret, and credentials in URLs. What is empty stays so, because it tells that nothing is set.
 */
export function hideSecrets(name: string, value: unknown): unknown {
  if (PUBLIC_NAME.test(name)) return value
  const isSecret = SECRET_NAME.test(name)
  if (typeof value === 'string') return isSecret && value ? HIDDEN : withoutCredentials(value)
  if (typeof value === 'number') return isSecret ? HIDDEN : value
  if (Array.isArray(value)) return value.map((item) => hideSecrets(name, item))
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.entries(value).map(([key, item]) => [
    withoutCredentials(key),
    hideSecrets(isSecret ? name : key, item),
  ])
  return Object.fromEntries(inner)
}

/** The text with the passwords, tokens and secret parameters of its URLs replaced. */
export function withoutCredentials(text: string): string {
  return withoutPassword(text).replace(SECRET_PARAMETER, `$1${HIDDEN}`).replace(LONE_USER, `$1${HIDDEN}@`)
}
