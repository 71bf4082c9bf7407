/**
 * Settings that nothing uses yet (decision 0017). Those that an operator would rely on are refused; addresses are reported
 * at the start.
 */

const NO_LOGIN = 'requests are not authenticated yet'
const NO_BUNDLES = 'operator bundles are not rebuilt yet'

type NotYet = { reason: string; default?: unknown }

const OPTIONS: Readonly<Record<string, NotYet>> = {
  permissions: { reason: NO_LOGIN },
  auth_ldap_server: { reason: NO_LOGIN },
  auth_ldap_user_base: { reason: NO_LOGIN },
  auth_openidc_userinfo_uri: {
    reason: NO_LOGIN,
    default: 'https://id.fedoraproject.org/openidc/UserInfo',
  },
  auth_openidc_required_scopes: {
    reason: NO_LOGIN,
    default: ['openid', 'https://id.fedoraproject.org/scope/groups'],
  },
  oidc_base_namespace: { reason: NO_LOGIN },
  bundle_autorebuild_tag_exceptions: { reason: NO_BUNDLES },
  bundle_include_previous_rebuilds: { reason: NO_BUNDLES, default: true },
  pyxis_index_image_organizations: { reason: NO_BUNDLES },
}

const ADDRESSES: Readonly<Record<string, NotYet>> = {
  PYXIS_URL: { reason: 'the catalogue is queried at PYXIS_GRAPHQL_URL' },
  FLATPAK_URL: { reason: 'flatpaks are not rebuilt yet' },
  PRODUCT_PAGES_URL: { reason: NO_BUNDLES },
  DECISION_UPDATE_DESTINATION: {
    reason: 'changes of decisions are not published yet',
    default: 'topic://VirtualTopic.eng.greenwave.decision.update',
  },
}

/**
 * Takes these options out of the values of a settings file. One that is empty or has its default changes nothing and is
 * accepted; there is a problem for each other one, because its effect would be missed silently.
 */
export function splitNotYet(values: unknown): { rest: unknown; problems: string[] } {
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    return { rest: values, problems: [] }
  const rest = Object.entries(values).filter(([key]) => !Object.hasOwn(OPTIONS, key))
  const problems = differing(values, OPTIONS).map(
    ([key, reason]) => `${key}: cannot be used, ${reason}; remove it`,
  )
  return { rest: Object.fromEntries(rest), problems }
}

/** One sentence for each address in the environment that is set without effect; the start goes on. */
export function unusedAddresses(env: object): string[] {
  return differing(env, ADDRESSES).map(
    ([key, reason]) => `${key} is set, but has no effect in this version: ${reason}`,
  )
}

function differing(values: object, table: Readonly<Record<string, NotYet>>): [key: string, reason: string][] {
  return Object.entries(values).flatMap(([key, value]) => {
    const entry = Object.hasOwn(table, key) ? table[key] : undefined
    return !entry || isEmpty(value) || isSame(value, entry.default) ? [] : [[key, entry.reason]]
  })
}

function isEmpty(value: unknown): boolean {
  return ['""', '[]', '{}', 'null', undefined].includes(JSON.stringify(value))
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
