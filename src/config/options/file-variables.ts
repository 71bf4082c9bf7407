/** Options of Freshmaker and Greenwave that are environment variables here: the file may set them, the environment wins. */
import { z } from 'zod'
import { keysOf } from '../../domain/keys-of.ts'
import type { Environment } from '../env.ts'

/** Environment variables and their texts; an empty text means unset. */
export type VariableTexts = Partial<Record<keyof Environment, string>>

type FileVariable = z.ZodType<VariableTexts>

const text = (name: keyof Environment, convert = (value: string) => value): FileVariable =>
  z.string().transform((value) => ({ [name]: convert(value) }))
const number = (name: keyof Environment): FileVariable =>
  z.number().transform((value) => ({ [name]: String(value) }))
const flag = (name: keyof Environment): FileVariable =>
  z.boolean().transform((value) => ({ [name]: value ? '1' : '0' }))

/** Levels as Python names them (0: not set), and as the log does. */
const LEVELS = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  warn: 'warn',
  error: 'error',
  critical: 'fatal',
  fatal: 'fatal',
  silent: 'silent',
} as const
const LEVEL_NAMES = keysOf(LEVELS)
const level: FileVariable = z
  .union([z.literal(0), z.enum(LEVEL_NAMES)], { error: `expected one of ${LEVEL_NAMES.join(', ')}` })
  .transform((name) => ({ LOG_LEVEL: name === 0 ? '' : LEVELS[name] }))

const paths = z.string().default('')
/** The section of `messaging_backends` that is read; those of other buses are not. */
const rhmsg = z.looseObject({
  BROKER_URLS: z.array(z.string()).default([]),
  CERT_FILE: paths,
  KEY_FILE: paths,
  CA_CERT: paths,
  TOPIC_PREFIX: paths,
})
const messagingBackends: FileVariable = z.looseObject({ rhmsg: rhmsg.nullish() }).transform((backends) => {
  if (!backends.rhmsg) return {}
  const { BROKER_URLS: urls, CERT_FILE, KEY_FILE, CA_CERT, TOPIC_PREFIX: prefix } = backends.rhmsg
  return {
    AMQP_URL: urls.join(','),
    AMQP_CERT: CERT_FILE,
    AMQP_KEY: KEY_FILE,
    AMQP_CA: CA_CERT,
    AMQP_TOPIC_PREFIX: prefix && `topic://${prefix.replace(/\.+$/, '')}`,
  }
})

const interval: FileVariable = z
  .number()
  .min(0.05)
  .transform((seconds) => ({ POLL_INTERVAL_MS: String(Math.round(seconds * 1000)) }))

/** Addresses of STOMP (`/topic/NAME`) as those of AMQP. */
const ofAmqp = (address: string) => address.replace(/^\/(topic|queue)\//, '$1://')

/** Schemas by option of the file, which check the value and give the variables it sets (behaviour/freshmaker 10, behaviour/greenwave 7.2). */
export const FILE_VARIABLES = {
  host: text('HOST'),
  port: number('PORT'),
  log_level: level,
  dry_run: flag('DRY_RUN'),
  freshmaker_root_url: text('PUBLIC_URL'),
  polling_interval: interval,
  messaging_backends: messagingBackends,
  listener_decision_update_destination: text('DECISION_UPDATE_DESTINATION', ofAmqp),
  errata_tool_server_url: text('ERRATA_URL'),
  pyxis_server_url: text('PYXIS_URL'),
  pyxis_graphql_url: text('PYXIS_GRAPHQL_URL'),
  pulp_server_url: text('PULP_URL'),
  odcs_server_url: text('ODCS_URL'),
  koji_base_url: text('KOJI_BASE_URL'),
  git_base_url: text('GIT_BASE_URL'),
  jira_server_url: text('JIRA_URL'),
  flatpak_server_url: text('FLATPAK_URL'),
  product_pages_api_url: text('PRODUCT_PAGES_URL'),
  resultsdb_api_url: text('RESULTSDB_API_URL'),
  waiverdb_api_url: text('WAIVERDB_API_URL'),
  policies_dir: text('POLICIES_DIR'),
  subject_types_dir: text('SUBJECT_TYPES_DIR'),
  auth_backend: text('AUTH_BACKEND'),
  ssl_certificate_file: text('TLS_CERT'),
  ssl_certificate_key_file: text('TLS_KEY'),
  ssl_ca_certificate_file: text('TLS_CLIENT_CA'),
} as const satisfies Record<string, FileVariable>

/** The options among these that have an effect only while another option of the file is true. */
export const SWITCHES = {
  ssl_certificate_file: 'ssl_enabled',
  ssl_certificate_key_file: 'ssl_enabled',
  ssl_ca_certificate_file: 'ssl_enabled',
} as const satisfies Partial<Record<keyof typeof FILE_VARIABLES, string>>
