/** Settings that nothing uses yet. Those that an operator would rely on are refused; addresses are reported at the start. */

const NO_LOGIN = 'requests are not authenticated yet'

const NO_TLS = 'HTTPS is not served yet; let a proxy do that'

type NotYet = { reason: string; default: unknown }

/** Options of the file by name. */
export const NOT_YET_OPTIONS = {
  permissions: { reason: NO_LOGIN, default: {} },
  auth_ldap_server: { reason: NO_LOGIN, default: '' },
  auth_ldap_user_base: { reason: NO_LOGIN, default: '' },
  auth_openidc_userinfo_uri: {
    reason: NO_LOGIN,
    default: 'https://id.fedoraproject.org/openidc/UserInfo',
  },
  auth_openidc_required_scopes: {
    reason: NO_LOGIN,
    default: ['openid', 'https://id.fedoraproject.org/scope/groups'],
  },
  oidc_base_namespace: { reason: NO_LOGIN, default: '' },
  ssl_enabled: { reason: NO_TLS, default: false },
  ssl_certificate_file: { reason: NO_TLS, default: '' },
  ssl_certificate_key_file: { reason: NO_TLS, default: '' },
  ssl_ca_certificate_file: { reason: NO_TLS, default: '' },
} as const satisfies Record<string, NotYet>

const ADDRESSES: Readonly<Record<string, NotYet>> = {
  FLATPAK_URL: { reason: 'flatpaks are not rebuilt yet', default: '' },
  DECISION_UPDATE_DESTINATION: {
    reason: 'changes of decisions are not published yet',
    default: 'topic://VirtualTopic.eng.greenwave.decision.update',
  },
}

/**
 * What is wrong with giving such an option this value, or null: one that is empty or has its default changes nothing and is
 * accepted; any other is refused, because its effect would be missed silently.
 */
export function notYetProblem(option: keyof typeof NOT_YET_OPTIONS, value: unknown): string | null {
  const entry = NOT_YET_OPTIONS[option]
  return differs(entry, value) ? `cannot be used, ${entry.reason}; remove it` : null
}

/** One sentence for each address in the environment that is set without effect. */
export function unusedAddresses(env: object): string[] {
  return Object.entries(env).flatMap(([key, value]) => {
    const entry = Object.hasOwn(ADDRESSES, key) ? ADDRESSES[key] : undefined
    return entry && differs(entry, value) ? [`${key} is set, but nothing uses it: ${entry.reason}`] : []
  })
}

function differs(entry: NotYet, value: unknown): boolean {
  return !isEmpty(value) && !isSame(value, entry.default)
}

function isEmpty(value: unknown): boolean {
  return ['""', '[]', '{}', 'null', undefined].includes(JSON.stringify(value))
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
