/** The service as commands use it: requests that answer with JSON, and one sentence for everything that goes wrong. */
import { z } from 'zod'
import { BadSettings, messageOf, OutcomeUnknown, UpstreamError } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import type { HttpAnswer } from '../../lib/http/request.ts'
import { createLog } from '../../lib/log.ts'
import { EXIT } from '../end.ts'

/**
 * Ends a command with a sentence for standard error and an exit code. `isOfAddress`: it may be about what is at the address,
 * rather than about what was requested, so the address belongs to it. `mayPass`: the service is down, or a proxy answers in its
 * place, so the same request may succeed soon.
 */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly code: number
  readonly isOfAddress: boolean
  readonly mayPass: boolean
  constructor(
    message: string,
    code: number,
    { isOfAddress = false, mayPass = code === EXIT.unreachable } = {},
  ) {
    super(message)
    this.code = code
    this.isOfAddress = isOfAddress
    this.mayPass = mayPass
  }
}

/** Values of a query; undefined ones are left out, lists are repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** All functions throw `CommandFailed`. The answers are any JSON: commands show what is there. */
export type Service = {
  get(path: string, query?: Query): Promise<unknown>
  /** The readiness of the service, also when it is not ready (503). */
  health(): Promise<unknown>
  send(method: 'POST' | 'PATCH', path: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

/** How to reach it and who we are. */
export type ServiceOptions = Pick<ClientOptions, 'url' | 'tls' | 'timeoutMs'> & {
  headers?: Record<string, string>
  authorize?: () => Promise<Record<string, string>>
}

/** Every status is an answer: the text of an error is in its body. */
const ANSWERS = Array.from({ length: 300 }, (_none, n) => 300 + n)
/** Statuses of proxies without a service behind them, as while it is restarted. */
const AWAY = [502, 503, 504]
/** Statuses of proxies that have passed the request on: the service may still be working on it. */
const GAVE_UP = [502, 504]
const SHOWN = 300

const errorSchema = z.object({ message: z.string().min(1) })

/** Opens no connection before the first request. */
export function openService(options: ServiceOptions): Service {
  const { url } = options
  const http = createHttpClient({
    ...options,
    service: 'freshwave',
    concurrency: 4,
    retry: { attempts: 1, firstDelayMs: 0 },
    log: createLog('silent'),
  })

  async function request(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    json?: object,
    isAnswer = ({ status }: HttpAnswer) => status >= 200 && status < 300,
  ): Promise<unknown> {
    const label = `${method} ${path.split('?')[0]}`
    try {
      const answer = await http.text({
        path,
        method,
        json,
        label,
        accept: ANSWERS,
        followRedirects: method === 'GET',
      })
      return readAnswer(url, answer, { isAnswer: isAnswer(answer), isChange: method !== 'GET' })
    } catch (error) {
      throw asCommandFailed(url, error)
    }
  }

  return {
    get: (path, query = {}) => request('GET', `${path}${queryText(query)}`),
    health: () => request('GET', '/health/ready', undefined, isHealth),
    send: (method, path, body) => request(method, path, body),
    close: http.close,
  }
}

/** A 503 may also be the answer of a proxy. */
function isHealth({ status, text }: HttpAnswer): boolean {
  return status === 200 || (status === 503 && !errorSchema.safeParse(parsed(text)).success)
}

function readAnswer(
  url: string,
  { status, text, headers }: HttpAnswer,
  { isAnswer, isChange }: { isAnswer: boolean; isChange: boolean },
): unknown {
  const json = parsed(text)
  if (isAnswer && json !== undefined) return json
  const error = errorSchema.safeParse(json)
  // What is repeated later succeeds; a 503 without that header is about a service that is not configured.
  const isNotReady = status === 503 && headers['retry-after'] !== undefined
  const code = isNotReady ? EXIT.unreachable : EXIT.refused
  const mayPass = AWAY.includes(status)
  if (error.success)
    throw new CommandFailed(`${error.data.message}${hintFor(status)}`, code, {
      isOfAddress: status >= 500 || /requested URL/.test(error.data.message),
      mayPass,
    })
  if (status >= 300 && status < 400 && headers['location'])
    throw new CommandFailed(
      `${url} redirects to ${redirectText(url, String(headers['location']))}: a change is only sent to the service itself`,
      EXIT.refused,
    )
  const [type = ''] = String(headers['content-type'] ?? 'no type').split(';')
  const plain = text
    .replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const shown = plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain
  const what = whatIs(text, json, type)
  const doubt = isChange && GAVE_UP.includes(status) ? '; the request may have been carried out' : ''
  throw new CommandFailed(
    `${url} answered HTTP ${status} with ${what}${shown && `: ${shown}`}${hintFor(status)}${doubt}`,
    EXIT.refused,
    { mayPass },
  )
}

function whatIs(text: string, json: unknown, type: string): string {
  if (text.trim() === '') return 'an empty body'
  return json === undefined ? `${type} instead of JSON` : 'an unexpected body'
}

/** Leaves out the query of the address, which may have secrets. */
function redirectText(url: string, location: string): string {
  if (!URL.canParse(location, url)) return 'an address that is not one'
  const { origin, pathname } = new URL(location, url)
  return `${origin}${pathname}`
}

function hintFor(status: number): string {
  return status === 401 ? ' (log in with --token, --cert and --key, or --negotiate)' : ''
}

function asCommandFailed(url: string, error: unknown): Error {
  if (error instanceof CommandFailed) return error
  if (error instanceof BadSettings) return new CommandFailed(error.problems.join('; '), EXIT.error)
  const isAway = error instanceof UpstreamError || error instanceof OutcomeUnknown
  const message = messageOf(error).replace(/^freshwave: /, '')
  return new CommandFailed(
    isAway ? `The service at ${url} cannot be reached: ${message}` : message,
    isAway ? EXIT.unreachable : EXIT.error,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The query with its question mark; '' for an empty one. */
export function queryText(query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat()) if (each !== undefined) search.append(name, String(each))
  return search.size > 0 ? `?${search}` : ''
}
