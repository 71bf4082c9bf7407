/** Where the brokers are and how to log in, read from the AMQP settings. */
import { readFileSync } from 'node:fs'
import { BadSettings, messageOf } from '../lib/errors.ts'

/** What TLS needs, as read from the files. */
export type TlsFiles = { cert?: Buffer | undefined; key?: Buffer | undefined; ca?: Buffer | undefined }

/**
 * One broker; `name` is for log lines and holds no password. `tls` reads the files again for each connection, since
 * certificates are renewed while a process runs. @throws BadSettings naming the variable whose file cannot be read
 */
export type Broker = {
  name: string
  host: string
  port: number
  tls: (() => TlsFiles) | undefined
  login: { kind: 'plain'; user: string; password: string } | { kind: 'anonymous' } | { kind: 'external' }
}

/** The AMQP part of the environment; the last three are paths of PEM files. */
export type AmqpSettings = {
  AMQP_URL: readonly string[]
  AMQP_CERT?: string | undefined
  AMQP_KEY?: string | undefined
  AMQP_CA?: string | undefined
}

const DEFAULT_PORTS = { 'amqp:': 5672, 'amqps:': 5671 }

/**
 * The brokers in the order of the setting. `?sasl=external` at an `amqps` address logs in with the client
 * certificate alone; it is not the default because brokers that do not offer it then refuse all logins.
 * @throws BadSettings naming the variable whose file cannot be read
 */
export function readBrokers(settings: AmqpSettings): Broker[] {
  const tls = () => readFiles(settings)
  tls()
  return settings.AMQP_URL.map((text) => readBroker(new URL(text), tls))
}

function readFiles(settings: AmqpSettings): TlsFiles {
  const problems: string[] = []
  const read = (name: 'AMQP_CERT' | 'AMQP_KEY' | 'AMQP_CA') => {
    const path = settings[name]
    try {
      return path ? readFileSync(path) : undefined
    } catch (error) {
      problems.push(`${name}: ${messageOf(error)}`)
    }
  }
  const files = { cert: read('AMQP_CERT'), key: read('AMQP_KEY'), ca: read('AMQP_CA') }
  if (problems.length > 0) throw new BadSettings(problems)
  return files
}

function readBroker(url: URL, tls: () => TlsFiles): Broker {
  const secure = url.protocol === 'amqps:'
  const port = url.port ? Number(url.port) : DEFAULT_PORTS[secure ? 'amqps:' : 'amqp:']
  return {
    name: `${url.protocol}//${url.hostname}:${port}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    tls: secure ? tls : undefined,
    login: readLogin(url),
  }
}

function readLogin(url: URL): Broker['login'] {
  if (url.searchParams.get('sasl') === 'external') return { kind: 'external' }
  if (!url.username) return { kind: 'anonymous' }
  return {
    kind: 'plain',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
}
