/** The variables among the settings: their names, forms and defaults. */
import { z } from 'zod'
import { BadSettings } from '../lib/errors.ts'
import { isLoopback } from '../lib/loopback.ts'
import { SAMPLERS } from '../lib/tracing/options.ts'
import { issueText } from './options/problems.ts'
import { remoteRulePoliciesSchema } from './remote-rule-policies.ts'

const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['0', '1', 'true', 'false', '']))
  .default('0')
  .transform((text) => text === '1' || text === 'true')
const exactUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
const httpUrl = exactUrl
  .refine((text) => !/[?#]/.test(text), 'must have neither ? nor #, because paths are appended to it')
  .transform(withoutEndSlash)
const optionalUrl = emptyAsUnset(httpUrl.optional())
/** A collector accepts JSON wherever it accepts the other. */
const tracesProtocol = emptyAsUnset(
  z
    .enum(['http/json', 'http/protobuf'], {
      error: 'must be http/json or http/protobuf, with the port of the collector for HTTP, by default 4318',
    })
    .optional(),
)
const optionalText = emptyAsUnset(z.string().optional())
/** A blank text would be the number 0. */
const number = z.preprocess(
  (text) => (typeof text === 'string' && text.trim() === '' ? Number.NaN : text),
  z.coerce.number(),
)
const port = number.pipe(z.number().int().min(0).max(65_535))
const milliseconds = (fallback: number) => number.pipe(z.number().int().min(50)).default(fallback)
const urlWithLogin = (protocol: RegExp, error: string) =>
  z
    .url({ protocol, error })
    .refine(hasReadableLogin, 'user and password must be percent-encoded: %25 stands for %')
const amqpUrl = urlWithLogin(/^amqps?$/, 'must be amqp://... or amqps://... (several with commas)')
/** Often written without the protocol. */
const proxyUrl = z.preprocess(
  (text) => (typeof text === 'string' && !text.includes('://') ? `http://${text}` : text),
  urlWithLogin(/^https?$/, 'must be http://host:port'),
)
/** The driver does not refuse others, such as misspelled ones. */
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const commaList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )

const jsonObject = z.string().transform((text, check): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    check.addIssue('must be a JSON object')
    return z.NEVER
  }
})

const envSchema = z.object({
  FRESHWAVE_CONFIG: z.string().default('conf/freshwave.yaml'),
  HOST: z.string().min(1).default('127.0.0.1'), // empty would be every address of the machine
  PORT: port.default(8080),
  WEB_CONCURRENCY: number.pipe(z.number().int().min(1).max(64)).default(1),
  PUBLIC_URL: optionalUrl,
  METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  METRICS_PORT: emptyAsUnset(port.optional()),
  DATABASE_URL: emptyAsUnset(
    urlWithLogin(/^postgres(ql)?$/, 'must be postgres://user:password@host/database')
      .refine(hasKnownSslMode, `sslmode must be one of ${SSL_MODES.join(', ')}`)
      .optional(),
  ),
  DATA_DIR: z.string().default('./.freshwave'),
  REDIS_URL: emptyAsUnset(
    urlWithLogin(/^rediss?$/, 'must be redis://host:port')
      .refine(hasNumberedDatabase, 'the database must be a number: redis://host:port/1')
      .optional(),
  ),
  REDIS_CERT: optionalText,
  REDIS_KEY: optionalText,
  REDIS_CA: optionalText,
  AMQP_URL: commaList.pipe(z.array(amqpUrl)),
  AMQP_CERT: optionalText,
  AMQP_KEY: optionalText,
  AMQP_CA: optionalText,
  AMQP_SOURCES: commaList,
  AMQP_CONTAINER_ID: emptyAsUnset(z.string().default('freshwave-ingest')),
  AMQP_TOPIC_PREFIX: z.string().min(1).default('topic://VirtualTopic.eng.freshmaker'),
  DECISION_UPDATE_DESTINATION: z
    .string()
    .min(1)
    .default('topic://VirtualTopic.eng.greenwave.decision.update'),
  ERRATA_URL: optionalUrl,
  PYXIS_URL: optionalUrl,
  /** Used as written: some servers require the trailing slash. */
  PYXIS_GRAPHQL_URL: emptyAsUnset(exactUrl.optional()),
  KOJI_BASE_URL: optionalUrl,
  KOJI_TOP_URL: optionalUrl,
  ODCS_URL: optionalUrl,
  PULP_URL: optionalUrl,
  GIT_BASE_URL: emptyAsUnset(z.string().default('git://pkgs.devel.redhat.com').transform(withoutEndSlash)),
  JIRA_URL: optionalUrl,
  FLATPAK_URL: optionalUrl,
  PRODUCT_PAGES_URL: optionalUrl,
  HTTPS_PROXY: emptyAsUnset(proxyUrl.optional()),
  NO_PROXY: commaList,
  KOJI_AUTH: z.enum(['none', 'password', 'gssapi']).default('none'),
  KOJI_USER: optionalText,
  KOJI_PASSWORD: optionalText,
  RESULTSDB_API_URL: httpUrl.default('http://127.0.0.1:5001/api/v2.0'),
  WAIVERDB_API_URL: httpUrl.default('http://127.0.0.1:5004/api/v1.0'),
  POLICIES_DIR: z.string().default('conf/policies'),
  SUBJECT_TYPES_DIR: z.string().default('conf/subject-types'),
  REMOTE_RULE_POLICIES: emptyAsUnset(jsonObject.pipe(remoteRulePoliciesSchema).optional()),
  AUTH_BACKEND: z
    .enum(['noauth', 'kerberos', 'ssl', 'kerberos_or_ssl', 'openidc'], {
      error: ({ input }) => `Unknown backend name ${input}.`,
    })
    .default('noauth'),
  ALLOW_NOAUTH: flag,
  LDAP_BIND_DN: optionalText,
  LDAP_BIND_PASSWORD: optionalText,
  TLS_CERT: optionalText,
  TLS_KEY: optionalText,
  TLS_CLIENT_CA: optionalText,
  POLL_INTERVAL_MS: milliseconds(60_000),
  SWEEP_INTERVAL_MS: milliseconds(60_000),
  DRY_RUN: flag,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: emptyAsUnset(exactUrl.optional()),
  OTEL_EXPORTER_OTLP_PROTOCOL: tracesProtocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: tracesProtocol,
  OTEL_TRACES_EXPORTER: emptyAsUnset(z.enum(['otlp', 'none']).default('otlp')),
  OTEL_SDK_DISABLED: flag,
  OTEL_TRACES_SAMPLER: emptyAsUnset(z.enum(SAMPLERS).default('parentbased_always_on')),
  OTEL_TRACES_SAMPLER_ARG: emptyAsUnset(number.pipe(z.number().min(0).max(1)).default(1)),
  OTEL_BSP_SCHEDULE_DELAY: emptyAsUnset(milliseconds(1000)),
})

/** Variables by name. */
export type EnvironmentTexts = Readonly<Record<string, string | undefined>>

/** The names of all variables. */
export const VARIABLES: ReadonlySet<string> = new Set(Object.keys(envSchema.shape))

/** The parsed environment; addresses without a trailing slash, lists split, flags as booleans. */
export type Environment = z.infer<typeof envSchema> & { PUBLIC_URL: string }

/**
 * Parses the variables in `env`.
 * @throws BadSettings with every problem, each naming its variable; values of secrets are never repeated.
 */
export function readEnvironment(env: EnvironmentTexts): Environment {
  const parsed = envSchema.safeParse(env)
  const problems = [...(parsed.error?.issues ?? []).map(describe), ...conflicts(readableEnvironment(env))]
  if (!parsed.success || problems.length > 0) throw new BadSettings(problems)
  return {
    ...parsed.data,
    PUBLIC_URL: parsed.data.PUBLIC_URL ?? localUrl(parsed.data),
  }
}

/** The variables that are valid, so that what is wrong with them together is reported with the rest. */
export function readableEnvironment(env: EnvironmentTexts): Partial<Environment> {
  return Object.fromEntries(
    Object.entries(envSchema.shape).flatMap(([name, schema]) => {
      const parsed = schema.safeParse(env[name])
      return parsed.success ? [[name, parsed.data]] : []
    }),
  )
}

function conflicts(env: Partial<z.infer<typeof envSchema>>): string[] {
  const problems: string[] = []
  const { AMQP_SOURCES = [], AMQP_URL } = env
  if (env.AUTH_BACKEND === 'noauth' && env.HOST && !isLoopback(env.HOST) && !env.ALLOW_NOAUTH)
    problems.push(
      `AUTH_BACKEND: noauth is refused when HOST (${env.HOST}) is not loopback, unless ALLOW_NOAUTH=1`,
    )
  if (env.KOJI_AUTH === 'password' && !(env.KOJI_USER && env.KOJI_PASSWORD))
    problems.push('KOJI_AUTH: password needs KOJI_USER and KOJI_PASSWORD')
  if (AMQP_SOURCES.length > 0 && AMQP_URL?.length === 0)
    problems.push('AMQP_SOURCES: set, but AMQP_URL is not')
  if (Boolean(env.AMQP_CERT) !== Boolean(env.AMQP_KEY))
    problems.push('AMQP_CERT and AMQP_KEY: set both or neither')
  if (Boolean(env.REDIS_CERT) !== Boolean(env.REDIS_KEY))
    problems.push('REDIS_CERT and REDIS_KEY: set both or neither')
  if ((env.REDIS_CERT || env.REDIS_CA) && !env.REDIS_URL?.startsWith('rediss:'))
    problems.push('REDIS_CERT and REDIS_CA: set, but REDIS_URL is not rediss://...')
  if (Boolean(env.TLS_CERT) !== Boolean(env.TLS_KEY))
    problems.push('TLS_CERT and TLS_KEY: set both or neither')
  if (env.TLS_CLIENT_CA && !env.TLS_CERT)
    problems.push('TLS_CLIENT_CA: set, but TLS_CERT and TLS_KEY are not')
  if (Boolean(env.LDAP_BIND_DN) !== Boolean(env.LDAP_BIND_PASSWORD))
    problems.push('LDAP_BIND_DN and LDAP_BIND_PASSWORD: set both or neither')
  return problems
}

function localUrl({ HOST, PORT, TLS_CERT }: { HOST: string; PORT: number; TLS_CERT?: string }): string {
  return `${TLS_CERT ? 'https' : 'http'}://${HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`
}

function describe(issue: z.core.$ZodIssue): string {
  const [variable, item] = issue.path
  const which = typeof item === 'number' ? `number ${item + 1}: ` : ''
  return `${which ? String(variable) : issue.path.join('.')}: ${which}${issueText(issue)}`
}

/** True also for a text that is not a URL at all, of which only that is reported. */
function hasReadableLogin(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { username, password } = new URL(text)
  try {
    return decodeURIComponent(username + password) !== undefined
  } catch {
    return false
  }
}

function hasKnownSslMode(text: string): boolean {
  const mode = URL.canParse(text) ? new URL(text).searchParams.get('sslmode') : null
  return mode === null || SSL_MODES.includes(mode)
}

/** For Redis, whose client sends anything that is not a number as `NaN`. */
function hasNumberedDatabase(text: string): boolean {
  return !/^rediss?:/.test(text) || !URL.canParse(text) || /^\/?\d*$/.test(new URL(text).pathname)
}

function withoutEndSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function emptyAsUnset<S extends z.ZodType>(schema: S) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema)
}
