/** One request to an outside service and its answer. */
import type { Attributes } from '@opentelemetry/api'
import { withoutCredentials } from '../log.ts'
import type { Behalf } from './behalf.ts'

/** One request. Only what `effect` calls a write is protected from being carried out twice. */
export type HttpRequest = Behalf & {
  path: string
  /** What errors call it instead of method and path. */
  label?: string
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  query?: Record<string, string | number | boolean>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: { type: string; text: string }
  headers?: Record<string, string>
  /**
   * The address names no single thing but is shared by all requests of the kind: when it is missing, or answers with something
   * else as a whole, that is trouble of the service.
   */
  isFixedAddress?: boolean
  /** The id of the thing that the address names. Its answer, if its checked shape has an `id`, must have this one. */
  subject?: number
  /** Default: GET reads, everything else writes. A search by POST must declare itself a read. */
  effect?: 'read' | 'write'
  /** Statuses besides 2xx that are answers and not failures. */
  accept?: number[]
  /** Default: a GET follows redirects to any host; false takes the redirect as the answer. */
  followRedirects?: boolean
  /** Overrides the client's number of attempts. */
  attempts?: number
  /** Attributes of its span besides service, method and status. */
  attributes?: Attributes
}

/** An answer as received; `headers` have lower-case names, and `text` is the bytes as far as they are UTF-8. */
export type HttpAnswer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  bytes: Uint8Array
  text: string
}

/** The body with its type, if there is one. */
export function contentOf(request: HttpRequest): { type: string; text: string } | undefined {
  return request.json === undefined
    ? request.body
    : { type: 'application/json', text: JSON.stringify(request.json) }
}

/** Whether the request changes something. */
export function effectOf(request: HttpRequest): 'read' | 'write' {
  return request.effect ?? ((request.method ?? 'GET') === 'GET' ? 'read' : 'write')
}

/** Method and path without the query, which may be long and, with old Koji hubs, holds the session key. */
export function describeRequest({ label, method = 'GET', path }: HttpRequest): string {
  return withoutCredentials(label ?? `${method} ${path || '/'}`)
}
