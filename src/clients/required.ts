/** The clients that a piece of work cannot do without. */
import { ServiceInTrouble } from '../lib/errors.ts'
import type { Clients } from './index.ts'

/** What a person calls the service, and the setting with its address. */
const NAMES = {
  errata: ['The Errata Tool', 'ERRATA_URL'],
  pyxis: ['The catalogue', 'PYXIS_GRAPHQL_URL'],
  pyxisRest: ['The REST interface of the catalogue', 'PYXIS_URL'],
  productPages: ['Product Pages', 'PRODUCT_PAGES_URL'],
  flatpakIndex: ['The flatpak index', 'FLATPAK_URL'],
  pulp: ['Pulp', 'PULP_URL'],
  koji: ['The build system', 'KOJI_BASE_URL'],
  odcs: ['ODCS', 'ODCS_URL'],
} as const satisfies Partial<Record<keyof Clients, readonly [name: string, setting: string]>>
type Name = keyof typeof NAMES

const RETRY_MS = 60_000

/**
 * The clients with these names. One may be missing although the work was accepted: settings change while work waits.
 * @throws ServiceInTrouble naming the setting, so that the work waits as for a service that is down
 */
export function required<N extends Name>(
  clients: Clients,
  ...names: N[]
): { [K in N]: NonNullable<Clients[K]> } {
  const missing = names.find((name) => clients[name] === undefined)
  if (missing !== undefined) {
    const [name, setting] = NAMES[missing]
    const detail = `${name} is not configured (${setting}).`
    throw new ServiceInTrouble({ service: missing, blame: 'service', detail }, RETRY_MS)
  }
  return clients as { [K in N]: NonNullable<Clients[K]> } // none of them is missing
}
