/** Who a caller is, and by which credential that is known (behaviour/freshmaker 4). */
import type { Role } from './roles.ts'

/**
 * `none`: not authenticated, which is enough to read; `noauth`: no authentication is configured, every check passes; the
 * others name what proved the identity.
 */
export type Credential = 'none' | 'noauth' | 'kerberos' | 'certificate' | 'token'

/** An authenticated caller, or one of the two constants below. */
export type Identity = {
  /** Null without authentication. A certificate's name is its subject DN. */
  name: string | null
  credential: Credential
  groups: readonly string[]
  roles: readonly Role[]
  /** Scopes of an OpenID token; null for credentials that have no scopes. */
  scopes: readonly string[] | null
}

const NAMELESS = { name: null, groups: [], roles: [], scopes: null } as const

/** The identity of a caller before authentication. */
export const NOT_AUTHENTICATED: Identity = { ...NAMELESS, credential: 'none' }

/** The identity of every caller with AUTH_BACKEND=noauth. */
export const NOAUTH: Identity = { ...NAMELESS, credential: 'noauth' }
