/** The type of an app's authentication; every request carries it as `c.get('access')`. */
import type { IncomingMessage } from 'node:http'
import type { Identity } from '../../domain/access/identity.ts'
import type { Sender } from '../caller.ts'

/** Made once for an app, by its settings. */
export type Access = {
  /**
   * The identity of a request's caller; `incoming` is missing when it did not arrive over a socket (tests).
   * @throws ApiError as `Backend` does
   */
  authenticate(sender: Sender, headers: Headers, incoming: IncomingMessage | undefined): Promise<Identity>
  /** The setting `oidc_base_namespace`. */
  scopeNamespace: string
  /** The value of `WWW-Authenticate` in responses with 401; undefined when the proxy in front sends its own. */
  challenge: string | undefined
}
