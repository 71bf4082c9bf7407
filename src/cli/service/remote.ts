/** The base of all commands that use the service: their options, connection, output and exit code. */
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { createNegotiate } from '../../lib/http/negotiate.ts'
import { abilitiesOf } from '../../lib/terminal/abilities.ts'
import { certificateProblems, pairProblems } from '../../lib/tls/pem-files.ts'
import { type Ending, EXIT, EXIT_CODES_TEXT, end } from '../end.ts'
import { printableJson } from '../text/printable.ts'
import { createStyle, type Style } from '../text/style.ts'
import { type Changes, followChanges } from './changes.ts'
import { CommandFailed, openService, type Query, type Service, type ServiceOptions } from './client.ts'

const DEFAULT_URL = 'http://127.0.0.1:8080'
type RemoteOptions = {
  url: string
  token?: string
  cert?: string
  key?: string
  ca?: string
  negotiate?: boolean
  timeout: number
  json?: boolean
}

/** `named`: where the value of an option comes from. */
type NamedOptions = RemoteOptions & { named: (option: 'url' | 'token') => string }

/** What a command works with; `width`: columns to fit into. */
export type Remote = {
  service: Service
  /** Follows a stream of the service until it is closed. */
  changes: (...stream: Stream) => Changes
  style: Style
  width: number
  /** Lines can be redrawn in place. */
  isLive: boolean
  json: boolean
}
type Stream = [path: string, query: Query & { kinds: readonly string[] }]

/**
 * What a command shows: the answer as received for `--json`, and its lines for people. `code`: default 0, or that of `failure`,
 * which ended the command after what it shows.
 */
export type Shown = { answer: unknown; lines: readonly string[]; code?: number; failure?: CommandFailed }

/** Adds a command that uses the service, with the options that all of them have. */
export function addRemote(program: Command, nameAndArguments: string, description: string): Command {
  return program
    .command(nameAndArguments)
    .description(description)
    .addHelpText('after', EXIT_CODES_TEXT)
    .option('--json', 'print the JSON of the API')
    .addOption(new Option('--url <url>', 'the service').env('FRESHWAVE_URL').default(DEFAULT_URL))
    .addOption(new Option('--token <token>', 'bearer token').env('FRESHWAVE_TOKEN'))
    .option('--cert <file>', 'client certificate (PEM)')
    .option('--key <file>', 'key of the client certificate (PEM)')
    .option('--ca <file>', 'certificate authorities to verify the service with (PEM)')
    .option('--negotiate', 'log in with the Kerberos ticket of the user')
    .option('--timeout <seconds>', 'how long to wait for each answer', positive, 60)
}

/** The action of such a command: connects, runs, prints, and ends the process. */
export function remotely<Args extends unknown[]>(
  run: (remote: Remote, ...args: Args) => Promise<Shown>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command // commander passes it last
    const named = (option: 'url' | 'token') =>
      command.getOptionValueSource(option) === 'env' ? `FRESHWAVE_${option.toUpperCase()}` : `--${option}`
    const options = { ...command.opts<RemoteOptions>(), named }
    end(await endingOf(options, (remote) => run(remote, ...(args.slice(0, -1) as Args)))) // as the command declares them
  }
}

async function endingOf(options: NamedOptions, run: (remote: Remote) => Promise<Shown>): Promise<Ending> {
  const { isTerminal, isLive, hasColors } = abilitiesOf(process.stdout)
  const width = isTerminal ? process.stdout.columns : Number.POSITIVE_INFINITY
  const json = options.json ?? false
  let service: Service | undefined
  try {
    const serviceOptions = readOptions(options)
    service = openService(serviceOptions)
    const changes = (...stream: Stream) => followChanges(serviceOptions, ...stream)
    const shown = await run({ service, changes, style: createStyle(hasColors), width, isLive, json })
    const text = json ? printableJson(Object(shown.answer)) : shown.lines.map((line) => `${line}\n`).join('')
    if (shown.failure) return { ...endingBy(shown.failure, options.url), text }
    return { text, problem: '', code: shown.code ?? EXIT.done }
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    return endingBy(error, options.url)
  } finally {
    await service?.close()
  }
}

function endingBy({ message, code, isOfAddress }: CommandFailed, url: string): Ending {
  const where = isOfAddress ? `${url}: ` : ''
  return { text: '', problem: `${where}${message}`.replace(/\s+/g, ' '), code }
}

/** @throws CommandFailed for files that cannot be read */
function readOptions(options: NamedOptions): ServiceOptions {
  const { token, cert, key, ca, negotiate, timeout, named } = options
  const url = readUrl(options.url, named('url'))
  const [problem] = [
    ...certificateProblems({ setting: '--ca', path: ca }),
    ...pairProblems({ certificate: { setting: '--cert', path: cert }, key: { setting: '--key', path: key } }),
  ]
  if (problem) throw new CommandFailed(problem, EXIT.error)
  // Commander would repeat the value in its message.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new CommandFailed(
      `${named('token')}: contains characters that are not allowed in a header`,
      EXIT.error,
    )
  return {
    url,
    timeoutMs: timeout * 1000,
    tls: { cert: fileText(cert), key: fileText(key), ca: fileText(ca) },
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
    ...(negotiate && { authorize: createNegotiate(url) }),
  }
}

function fileText(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8')
}

/** For arguments that are ids. The service knows how large each kind can be. */
export function id(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0 && Number.isSafeInteger(Number(text))) return Number(text)
  throw new InvalidArgumentError('Expected a whole number, 1 or higher.')
}

/** For a list of ids. */
export function ids(text: string, before: readonly number[] = []): number[] {
  return [...before, id(text)]
}

/** For options that may be given several times. */
export function listed(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

/** For numbers of seconds and the like. */
export function positive(text: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('Expected a number greater than 0.')
}

/** For options with JSON. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Expected JSON.')
  }
}

/** Reads a URL here, because commander would repeat a password in its message. */
function readUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const hasLogin = /\/\/[^/]*@/.test(text)
  if (url && /^https?:$/.test(url.protocol) && !hasLogin && !url.search && !url.hash)
    return text.replace(/\/+$/, '')
  const problem = hasLogin
    ? 'has a user or a password; log in with FRESHWAVE_TOKEN or --token instead'
    : `'${text}' is not the root URL of the service, such as https://freshwave.example.com`
  throw new CommandFailed(`${name}: ${problem}`, EXIT.error)
}
