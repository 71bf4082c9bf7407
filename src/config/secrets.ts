/** Hides the secrets of settings and addresses before they are shown. */
import { HIDDEN, withoutCredentials } from '../lib/log.ts'

const SECRET_NAME = /secret|passw(or)?d|token|^response_headers\b/i
/** Headers that only control what browsers may do; the value of any other one may be meant for a proxy alone. */
const PUBLIC_HEADER =
  /^(strict-transport-security|content-security-policy|permissions-policy|referrer-policy|x-content-type-options|x-frame-options|cache-control)$/i
/** Names of headers are not secret, though one of them is that of a token. */
const PUBLIC_NAME = /^auth_proxy_headers\b/

/**
 * `value` as JSON, with what is secret in it replaced: values whose own key, or that of anything around them, names a
 * secret, and credentials in URLs. Empty values stay empty, because that shows that nothing is set.
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
    hideSecrets(isSecret && !PUBLIC_HEADER.test(key) ? name : key, item),
  ])
  return Object.fromEntries(inner)
}
