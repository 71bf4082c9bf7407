/** The settings file (conf/freshwave.yaml): options of behaviour/freshmaker 10, behaviour/greenwave 7, and new ones. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { permissionsSchema } from '../domain/access/roles.ts'
import { isWild } from '../domain/gate/policy/glob.ts'
import { MAX_SUBJECTS } from '../domain/gate/request/limits.ts'
import { compilePython } from '../domain/python/pattern.ts'
import { ruleListSchema } from '../domain/rebuild/discover/allow.ts'
import { BadSettings, fileProblem } from '../lib/errors.ts'
import { type InspectedFile, inspectFile } from './options/inspect.ts'
import { DEFAULT_REMOTE_RULE_POLICIES, DIST_GIT, remoteRulePoliciesSchema } from './remote-rule-policies.ts'

const timeout = z.number().positive()
const seconds = (fallback: number) => z.number().positive().default(fallback)
const texts = (fallback: string[] = []) => z.array(z.string()).default(fallback)
const count = (fallback: number, min = 0) => z.number().int().min(min).default(fallback)
const optionalUrl = (fallback: string) =>
  z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })], { error: 'must be an http or https URL' })
    .default(fallback)

/** Only algorithms with a private key: with a shared secret, everyone who can check a token could make one. */
const ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
] as const

const headerName = (fallback: string) =>
  z
    .string()
    .regex(/^[\w-]+$/, 'must be the name of a header')
    .default(fallback)
const proxyHeadersSchema = z.strictObject({
  user: headerName('X-Remote-User'),
  verify: headerName('X-SSL-Client-Verify'),
  dn: headerName('X-SSL-Client-S-DN'),
  token: headerName('OIDC_access_token'),
  scope: headerName('OIDC_CLAIM_scope'),
})

/** The original's text. */
const exceptionPart = (part: 'registry' | 'repository') => {
  const error = `There is no '${part}' or it's empty in one of the UNPUBLISHED_EXCEPTIONS`
  return z.string({ error }).min(1, { error })
}

const name = z.string().min(1)
const releaseGatesSchema = z
  .array(
    z.strictObject({
      decision_context: name,
      product_version: name.refine((version) => !isWild(version), 'must be a product version, not a pattern'), // no waiver is for one
      subject_type: name.default('koji_build'),
    }),
  )
  .refine(
    (gates) => new Set(gates.map((gate) => JSON.stringify(gate))).size === gates.length,
    'names a gate twice',
  )

/** The options that have an effect under their own name. */
export const fileSchema = z.strictObject({
  start_patience_s: z.number().min(0).default(60),
  shutdown_grace_s: seconds(10),

  handler_build_allowlist: ruleListSchema('allowlist').prefault({}),
  handler_build_blocklist: ruleListSchema('blocklist').prefault({}),

  requests_timeout: z
    .union([timeout, z.tuple([timeout, timeout])], {
      error: 'expected seconds, or [connect, read] in seconds, each more than 0',
    })
    .default(30),
  requests_verify: z
    .union([z.boolean(), z.string().min(1)], { error: 'expected true, false or the path of a PEM file' })
    .default(true),
  koji_timeout: seconds(30),
  koji_retry: count(3),
  remote_rule_git_timeout: seconds(30),
  max_concurrent_requests: count(10, 1),
  request_attempts: count(4, 1),
  build_retry_delays: z.array(z.number().min(0)).default([0, 60]),
  max_tasks_in_flight: count(0),
  max_tasks_in_flight_per_target: count(0),
  koji_requests_per_second: z.number().positive().default(5),
  inbox_retention_days: seconds(30),
  audit_retention_days: z.number().min(0).default(365),
  trouble_patience_s: seconds(86_400),
  verify_patience_s: seconds(3600),
  watch_missed: z.enum(['off', 'report', 'open']).default('report'),
  quiet_after: seconds(86_400),
  max_message_bytes: count(2_097_152, 1024),

  koji_container_scratch_build: z.boolean().default(false),
  supply_arch_overrides: z.boolean().default(false),
  image_extra_repo: z.record(z.string(), z.string()).default({}),
  rebuilt_nvr_release_suffix: z
    .string()
    .regex(
      /^(\.[\w.+~^]+)?$/,
      'must begin with a dot (.fw): the build system refuses other releases of isolated builds',
    )
    .default(''),
  container_released_dependencies_only: z.boolean().default(false),
  container_release_categories: texts(['Generally Available', 'Tech Preview', 'Beta']),
  image_build_repository_registries: texts(),
  unpublished_exceptions: z
    .array(z.strictObject({ registry: exceptionPart('registry'), repository: exceptionPart('repository') }))
    .default([]),
  update_base_image: z.boolean().default(false),
  exclude_content_sets_pattern: z
    .string()
    .refine(isPattern, 'is not a valid regular expression')
    .default('-hidden-rpms$'),
  errata_rhel_release_prefix: z.string().default(''),
  odcs_auth_mech: z.enum(['', 'none', 'kerberos', 'openidc']).default(''),
  odcs_openidc_token: z.string().default(''),
  odcs_sigkeys: texts(),
  odcs_verify_ssl: z.boolean().default(true),
  pyxis_certificate: z.string().default(''),
  pyxis_private_key: z.string().default(''),
  pyxis_default_page_size: count(200, 1),
  pyxis_small_page_size: count(50, 1),
  pyxis_index_image_organizations: texts(),
  bundle_autorebuild_tag_exceptions: texts(),
  bundle_include_previous_rebuilds: z.boolean().default(true),
  pulp_crt_path: z.string().default(''),
  pulp_key_path: z.string().default(''),
  jira_email: z.string().default(''),
  jira_token: z.string().default(''),

  krb_auth_principal: z.string().default(''),
  trusted_proxies: z
    .array(
      z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
        error: 'expected an IP address or CIDR range',
      }),
    )
    .default([]),
  ssl_enabled: z.boolean().default(false),
  auth_proxy_headers: proxyHeadersSchema.prefault({}),
  permissions: permissionsSchema.prefault({}),
  read_requires_login: z.boolean().default(false),
  auth_kerberos_realms: z
    .array(z.string().regex(/^[^@\s]+$/, 'must be the name of a realm, such as EXAMPLE.COM'))
    .default([]),
  auth_ldap_server: z
    .string()
    .regex(/^(ldaps?:\/\/[^\s/]+\/?)?$/, 'must be ldap://host or ldaps://host')
    .default(''),
  auth_ldap_user_base: z.string().default(''),
  auth_openidc_issuer: optionalUrl(''),
  auth_openidc_audience: z.union([z.string(), z.array(z.string())]).default(''),
  auth_openidc_jwks_uri: optionalUrl(''),
  auth_openidc_algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  auth_openidc_username_claim: z.string().min(1).default('preferred_username'),
  auth_openidc_groups_claim: z.string().min(1).default('groups'),
  auth_openidc_userinfo_uri: optionalUrl('https://id.fedoraproject.org/openidc/UserInfo'),
  auth_openidc_required_scopes: texts(['openid', 'https://id.fedoraproject.org/scope/groups']),
  oidc_base_namespace: z.string().default(''),
  api_max_per_page: count(100, 1),
  max_streams: count(10_000, 1),
  stream_max_age_s: seconds(900),

  on_demand_source_hosts: z
    .array(
      z.string().regex(/^[^\s/@{}]+$/, 'must be a host, such as git.example.com or git.example.com:8443'),
    )
    .default([]),
  cache_seconds: count(0),
  upstream_max_url: count(4000, 200),
  decision_deadline_s: seconds(60),
  max_request_bytes: count(10_485_760, 1024),
  max_subjects: count(MAX_SUBJECTS, 1),
  gate_concurrent_requests: count(40, 1),
  decision_update_format: z.enum(['stomp', 'fedora-messaging']).default('stomp'),
  release_gates: releaseGatesSchema.default([]),
  remote_rule_policies: remoteRulePoliciesSchema.default(DEFAULT_REMOTE_RULE_POLICIES),
  dist_git_url_template: z.string().default(DIST_GIT),
  dist_git_base_url: z.string().default(''),
  outcomes_passed: texts(['PASSED', 'INFO']),
  outcomes_incomplete: texts(['QUEUED', 'RUNNING']),
  outcomes_error: texts(['ERROR']),
  distinct_latest_results_on: texts(['scenario', 'system_architecture', 'system_variant']),
  greenwave_api_url: z.string().default(''),
  documentation_url: z.string().default('https://gating-greenwave.readthedocs.io'),
  cors_url: z.string().default(''),
  response_headers: z
    .record(
      z.string().regex(/^[\w-]+$/, 'expected a header name of letters, digits and hyphens'),
      z.string().regex(/^[\x20-\x7e]*$/, 'expected printable ASCII characters'),
    )
    .default({ 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' }),
})

/** The file's settings, with defaults for the options it leaves out. */
export type FileSettings = z.infer<typeof fileSchema>

/** Reads the settings file; one that cannot be opened is a problem of its variable. */
export function readSettingsFile(path: string): InspectedFile<FileSettings> {
  try {
    return inspectFile(fileSchema, readFileSync(path, 'utf8'), path)
  } catch (error) {
    const problems = [`FRESHWAVE_CONFIG: ${fileProblem(error, path)}`]
    return { ...inspectFile(fileSchema, '', path), settings: undefined, problems }
  }
}

/** Parses the text of a settings file; `path` is only used in error texts. @throws BadSettings with every problem */
export function parseSettings(text: string, path: string): FileSettings {
  const { settings, problems } = inspectFile(fileSchema, text, path)
  if (!settings) throw new BadSettings([...problems])
  return settings
}

function isPattern(text: string): boolean {
  try {
    return Boolean(compilePython(text))
  } catch {
    return false
  }
}
