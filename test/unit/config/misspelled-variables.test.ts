/** Checks which variables of the environment are taken for a misspelled one of ours. */
import { expect, it } from 'vitest'
import { VARIABLES } from '../../../src/config/env.ts'
import { misspelledVariables } from '../../../src/config/misspelled-variables.ts'

const nearestOf = (variable: string) => misspelledVariables({ [variable]: 'hunter2' })[0]?.nearest

it.each([
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['FRESHWAVE_URl', 'FRESHWAVE_URL'],
  ['FRESHWAVE_CONFG', 'FRESHWAVE_CONFIG'],
  ['FRESHWAVE_TOKENS', 'FRESHWAVE_TOKEN'],
  ['REDIS_ULR', 'REDIS_URL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['Port', 'PORT'],
  ['PROT', 'PORT'],
  ['OTEL_TRACE_SAMPLER', 'OTEL_TRACES_SAMPLER'],
])('%s is probably %s', (variable, nearest) => {
  expect(nearestOf(variable)).toBe(nearest)
})

it('a suggestion names no value', () => {
  expect(JSON.stringify(misspelledVariables({ KOJI_PASWORD: 'hunter2' }))).not.toContain('hunter2')
})

const OF_OTHERS = [
  'HTTP_PROXY',
  'no_proxy',
  'HOME',
  'PATH',
  'POST',
  'SORT',
  'HOSTNAME',
  'HOSTTYPE',
  'PGHOST',
  'PGPORT',
  'PGDATA',
  'MAIL',
  'LANG',
  'TERM',
]
const OF_KUBERNETES = [
  'REDIS_PORT',
  'AMQP_PORT',
  'TLS_PORT',
  'DATABASE_PORT',
  'FRESHWAVE_PORT',
  'FRESHWAVE_SERVICE_HOST',
]
const OF_OPENTELEMETRY = [
  'OTEL_LOGS_EXPORTER',
  'OTEL_METRICS_EXPORTER',
  'OTEL_BLRP_SCHEDULE_DELAY',
  'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
]
const OF_TLS = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSL_CERT', 'SSL_KEY']

it.each([...OF_OTHERS, ...OF_KUBERNETES, ...OF_OPENTELEMETRY, ...OF_TLS, ...VARIABLES])(
  '%s is not misspelled',
  (variable) => {
    expect(nearestOf(variable)).toBeUndefined()
  },
)
