/** Checks the settings that logins need: those of callers (behaviour/freshmaker 4), and ours at ODCS and Jira. */
import type { Environment } from './env.ts'
import type { FileSettings } from './file.ts'

type Settings = { env: Environment; file: FileSettings }

/** The name of a backend, as in AUTH_BACKEND. */
export type BackendName = Environment['AUTH_BACKEND']

/** Whether groups come from the directory. */
export function usesLdap(backend: BackendName): boolean {
  return backend === 'kerberos' || backend === 'kerberos_or_ssl'
}

/** A sentence for each setting without which a login cannot work. */
export function authProblems({ env, file }: Settings): string[] {
  const { AUTH_BACKEND: backend } = env
  const problems: string[] = []
  const missing = (['auth_ldap_server', 'auth_ldap_user_base'] as const).filter((name) => !file[name])
  if (usesLdap(backend) && missing.length > 0)
    problems.push(`Invalid configuration for kerberos authentication. Not set: ${missing.join(', ')}`)
  if (backend === 'openidc' && !file.auth_openidc_issuer && !file.auth_openidc_userinfo_uri)
    problems.push('AUTH_BACKEND: openidc needs auth_openidc_issuer or auth_openidc_userinfo_uri')
  if (file.auth_openidc_issuer && audiencesOf(file).length === 0)
    problems.push(
      'auth_openidc_issuer: needs auth_openidc_audience, or tokens issued for other services would be accepted',
    )
  if (file.ssl_enabled && !env.TLS_CERT)
    problems.push('ssl_enabled: needs ssl_certificate_file and ssl_certificate_key_file')
  if (file.read_requires_login && backend === 'noauth')
    problems.push('read_requires_login: needs an AUTH_BACKEND other than noauth')
  if (file.odcs_auth_mech === 'openidc' && !file.odcs_openidc_token)
    problems.push('odcs_auth_mech: openidc needs odcs_openidc_token')
  return problems
}

/** Sentences about settings with which no caller can log in. */
export function authWarnings({ env, file }: Settings): string[] {
  const { AUTH_BACKEND: backend, TLS_CLIENT_CA } = env
  const viaProxy = file.trusted_proxies.length > 0
  const warnings: string[] = []
  if (backend === 'kerberos' && !viaProxy)
    warnings.push('AUTH_BACKEND is kerberos, but trusted_proxies is empty: no caller can log in')
  if ((backend === 'ssl' || backend === 'kerberos_or_ssl') && !viaProxy && !TLS_CLIENT_CA)
    warnings.push(
      `AUTH_BACKEND is ${backend}, but neither trusted_proxies nor TLS_CLIENT_CA is set: no caller can log in`,
    )
  return warnings
}

/** Sentences about our accounts that are not used, because the address of their service is not set. */
export function unusedAccounts({ env, file }: Settings): string[] {
  if (!file.jira_token || env.JIRA_URL) return []
  return [
    'jira_token is set, but JIRA_URL is not (in Freshmaker it is https://issues.redhat.com by default): ' +
      'whether an advisory is a major incident or a priority is not read from Jira',
  ]
}

/** The audiences that a token may be made for. */
export function audiencesOf({ auth_openidc_audience: audience }: FileSettings): string[] {
  return [audience].flat().filter(Boolean)
}
