/** All clients of outside services, made from the settings; one whose address is unset is undefined. */
import { readFileSync } from 'node:fs'
import { audiencesOf, usesLdap } from '../config/auth.ts'
import type { Settings } from '../config/settings.ts'
import type { ClientOptions } from '../lib/http/client.ts'
import { createNegotiate } from '../lib/http/negotiate.ts'
import type { Logger } from '../lib/log.ts'
import type { Metrics } from '../lib/metrics/metrics.ts'
import { unreadableText } from '../lib/records.ts'
import { createDistGitClient, type DistGitClient } from './distgit/client.ts'
import { createErrataClient, type ErrataClient } from './errata/client.ts'
import { createFlatpakIndexClient, type FlatpakIndexClient } from './flatpak-index/client.ts'
import { createKojiClient, type KojiAuth, type KojiClient } from './koji/client.ts'
import { createLdapClient, type LdapClient } from './ldap/client.ts'
import { createOdcsClient, type OdcsClient } from './odcs/client.ts'
import { createOpenIdClient, type OpenIdClient } from './openid/client.ts'
import { createProductPagesClient, type ProductPagesClient } from './product-pages/client.ts'
import { createPulpClient, type PulpClient } from './pulp/client.ts'
import { createPyxisClient, type PyxisClient } from './pyxis/client.ts'
import { createPyxisRestClient, type PyxisRestClient } from './pyxis-rest/client.ts'
import { createResultsDbClient, type ResultsDbClient } from './resultsdb/client.ts'
import { createWaiverDbClient, type WaiverDbClient } from './waiverdb/client.ts'

/** The clients a context holds. */
export type Clients = {
  errata?: ErrataClient
  pyxis?: PyxisClient
  pyxisRest?: PyxisRestClient
  productPages?: ProductPagesClient
  flatpakIndex?: FlatpakIndexClient
  pulp?: PulpClient
  koji?: KojiClient
  odcs?: OdcsClient
  resultsDb: ResultsDbClient
  waiverDb: WaiverDbClient
  distGit: DistGitClient
  /** Only with a backend that has groups from the directory. */
  ldap?: LdapClient
  /** Only with the backend openidc. */
  openid?: OpenIdClient
}

const FIRST_RETRY_MS = 500
const LOGIN_TIMEOUT_MS = 2000
/** Trusts every certificate. */
const TRUSTING = { rejectUnauthorized: false }

/** The services that each client calls, as errors name them. */
const SERVICES: Readonly<Record<keyof Clients, readonly string[]>> = {
  errata: ['errata', 'jira'],
  pyxis: ['pyxis'],
  pyxisRest: ['pyxis-rest'],
  productPages: ['product-pages'],
  flatpakIndex: ['flatpak-index'],
  pulp: ['pulp'],
  koji: ['koji', 'koji-files'],
  odcs: ['odcs'],
  resultsDb: ['resultsdb'],
  waiverDb: ['waiverdb'],
  distGit: ['dist-git'],
  ldap: ['ldap'],
  openid: ['openid'],
}

/** The services that the client of this name calls. */
export function servicesOf(client: string): readonly string[] {
  return SERVICES[client as keyof Clients] ?? []
}

/** Opens no connection yet. @throws when a TLS file cannot be read */
export function createClients(
  { env, file }: Settings,
  log: Logger,
  metrics: Metrics,
  now = () => new Date(),
): Clients {
  const { requests_verify: verify } = file
  const optionsFor = (url: string, pair: PairOfFiles = {}): ClientOptions => ({
    url,
    ...timeouts(file.requests_timeout),
    concurrency: file.max_concurrent_requests,
    retry: { attempts: file.request_attempts, firstDelayMs: FIRST_RETRY_MS },
    tls: verify === false ? TRUSTING : {},
    ...(env.HTTPS_PROXY && { proxy: { url: env.HTTPS_PROXY, except: env.NO_PROXY } }),
    tlsFiles: tlsFiles({ ...pair, ca: typeof verify === 'string' ? verify : '' }),
    tlsSettings: { authorities: 'requests_verify', certificate: pair.setting },
    onCall: ({ service, outcome, ms }) => metrics.call(service, outcome, ms / 1000),
    onUnreadable: ({ service, what, unreadable }) => {
      metrics.unreadable(service, unreadable.length)
      const fields = { service, request: what, records: unreadable.length, first: unreadableText(unreadable) }
      log.warn(fields, 'could not read records of an answer')
    },
    log,
  })
  /** A caller waits for the decision, and one slow answer must not delay the others. */
  const forGate = (url: string): ClientOptions => {
    return { ...optionsFor(url), concurrency: file.gate_concurrent_requests }
  }
  return {
    errata: env.ERRATA_URL
      ? createErrataClient({
          ...optionsFor(env.ERRATA_URL),
          rhelReleasePrefix: file.errata_rhel_release_prefix,
          jira: jiraOptions(env.JIRA_URL, file),
          kerberos: kerberos(file),
        })
      : undefined,
    pyxis: env.PYXIS_GRAPHQL_URL
      ? createPyxisClient({
          ...optionsFor(env.PYXIS_GRAPHQL_URL, {
            cert: file.pyxis_certificate,
            key: file.pyxis_private_key,
            setting: 'pyxis_certificate',
          }),
          pageSize: file.pyxis_default_page_size,
          smallPageSize: file.pyxis_small_page_size,
        })
      : undefined,
    pyxisRest: env.PYXIS_URL
      ? createPyxisRestClient({ ...optionsFor(env.PYXIS_URL), kerberos: kerberos(file) })
      : undefined,
    productPages: env.PRODUCT_PAGES_URL
      ? createProductPagesClient({ ...optionsFor(env.PRODUCT_PAGES_URL), login: kerberosLogin(file) })
      : undefined,
    flatpakIndex: env.FLATPAK_URL ? createFlatpakIndexClient(optionsFor(env.FLATPAK_URL)) : undefined,
    pulp: env.PULP_URL
      ? createPulpClient({
          ...optionsFor(env.PULP_URL, {
            cert: file.pulp_crt_path,
            key: file.pulp_key_path,
            setting: 'pulp_crt_path',
          }),
        })
      : undefined,
    koji: env.KOJI_BASE_URL
      ? createKojiClient({
          ...optionsFor(env.KOJI_BASE_URL),
          ...timeouts(file.koji_timeout),
          retry: { attempts: file.koji_retry + 1, firstDelayMs: FIRST_RETRY_MS },
          topUrl: env.KOJI_TOP_URL,
          auth: kojiAuth(env, file),
          requestsPerSecond: file.koji_requests_per_second,
        })
      : undefined,
    odcs: env.ODCS_URL
      ? createOdcsClient({
          ...optionsFor(env.ODCS_URL),
          ...(!file.odcs_verify_ssl && { tls: TRUSTING }),
          ...odcsLogin(file),
        })
      : undefined,
    resultsDb: createResultsDbClient(forGate(env.RESULTSDB_API_URL)),
    waiverDb: createWaiverDbClient(forGate(env.WAIVERDB_API_URL)),
    distGit: createDistGitClient({ ...forGate(''), ...timeouts(file.remote_rule_git_timeout) }),
    ldap: usesLdap(env.AUTH_BACKEND)
      ? createLdapClient({ ...optionsFor(file.auth_ldap_server), ...directory(env, file) })
      : undefined,
    openid:
      env.AUTH_BACKEND === 'openidc'
        ? createOpenIdClient({ ...forLogin(optionsFor('')), ...issuer(file), now })
        : undefined,
  }
}

/** A request waits for its login, so there is one attempt and little time. */
function forLogin(options: ClientOptions): ClientOptions {
  const retry = { ...options.retry, attempts: 1 }
  return { ...options, timeoutMs: LOGIN_TIMEOUT_MS, connectTimeoutMs: undefined, retry }
}

function directory(
  { LDAP_BIND_DN: dn, LDAP_BIND_PASSWORD: password }: Settings['env'],
  file: Settings['file'],
) {
  return { userBase: file.auth_ldap_user_base, bind: dn && password ? { dn, password } : undefined }
}

function issuer(file: Settings['file']) {
  return {
    issuer: file.auth_openidc_issuer,
    jwksUri: file.auth_openidc_jwks_uri,
    audience: audiencesOf(file),
    algorithms: file.auth_openidc_algorithms,
    userinfoUri: file.auth_openidc_userinfo_uri,
    claimNames: { username: file.auth_openidc_username_claim, groups: file.auth_openidc_groups_claim },
  }
}

function jiraOptions(url: string | undefined, file: Settings['file']) {
  return url && file.jira_token ? { url, email: file.jira_email, token: file.jira_token } : undefined
}

/** The login of requests by Kerberos; undefined without a principal, so that they carry no ticket. */
function kerberos(file: Settings['file']) {
  return file.krb_auth_principal ? { principal: file.krb_auth_principal } : undefined
}

/** Where `odcs_auth_mech` is not set, what is set for a login decides; with `kerberos`, an empty principal means the default one. */
function odcsLogin({ odcs_auth_mech: mechanism, odcs_openidc_token: token, ...file }: Settings['file']) {
  const { krb_auth_principal: principal } = file
  if (mechanism === 'kerberos' || (mechanism === '' && principal)) return { kerberos: { principal } }
  return mechanism === 'none' || token === '' ? {} : { token }
}

function kerberosLogin(file: Settings['file']) {
  const { krb_auth_principal: principal } = file
  return principal ? { negotiateFor: (url: string) => createNegotiate(url, principal) } : undefined
}

/** `[connect, read]` in seconds: an attempt may take as long as both together. */
function timeouts(seconds: Settings['file']['requests_timeout']) {
  if (typeof seconds === 'number') return { timeoutMs: seconds * 1000, connectTimeoutMs: undefined }
  const [connect, read] = seconds
  return { timeoutMs: (connect + read) * 1000, connectTimeoutMs: connect * 1000 }
}

function kojiAuth(env: Settings['env'], file: Settings['file']): KojiAuth {
  if (env.KOJI_AUTH === 'password')
    return { kind: 'password', user: env.KOJI_USER ?? '', password: env.KOJI_PASSWORD ?? '' }
  if (env.KOJI_AUTH === 'gssapi') return { kind: 'gssapi', principal: file.krb_auth_principal || undefined }
  return { kind: 'none' }
}

/** Paths of a client certificate and its key, without which there is none, and the setting of the first. */
type PairOfFiles = { cert?: string; key?: string; setting?: string }

/** Reads the files with these paths; an empty path means none (behaviour/greenwave 7.2). */
function tlsFiles({ cert = '', key = '', ca }: PairOfFiles & { ca: string }): ClientOptions['tlsFiles'] {
  const read = (path: string) => readFileSync(path, 'utf8')
  return () => ({ ...(cert && key && { cert: read(cert), key: read(key) }), ...(ca && { ca: read(ca) }) })
}
