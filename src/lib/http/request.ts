/** A request to an upstream service, and the answer. */

/** One request. Only a write (see `effect`) is protected from being carried out twice. */
export type HttpRequest = {
  path: string
  /** Name of the request in error texts, instead of method and path. */
  label?: string
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  query?: Record<string, string | number | boolean>
  /** Sent as JSON. */
  json?: unknown
  /** Sent unchanged. */
  body?: { type: string; text: string }
  headers?: Record<string, string>
  /** Default: GET reads, every other method writes. A search by POST must declare itself a read. */
  effect?: 'read' | 'write'
  /** Statuses other than 2xx that are answers and not failures. */
  accept?: number[]
  /** Default: a GET follows redirects to any host; false returns the redirect itself as the answer. */
  followRedirects?: boolean
  /** Overrides the client's number of attempts. */
  attempts?: number
  signal?: AbortSignal
}

/** A raw answer: header names are in lower case; in `text`, bytes that are not UTF-8 are replaced. */
export type HttpAnswer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  bytes: Uint8Array
  text: string
}

/** The request body with its content type; undefined without a body. */
export function contentOf(request: HttpRequest): { type: string; text: string } | undefined {
  return request.json === undefined
    ? request.body
    : { type: 'application/json', text: JSON.stringify(request.json) }
}

/** Whether the request only reads, or may change something. */
export function effectOf(request: HttpRequest): 'read' | 'write' {
  return request.effect ?? ((request.method ?? 'GET') === 'GET' ? 'read' : 'write')
}

/** Method and path, without the query: that may be long, and on old Koji hubs it contains the session key. */
export function describeRequest({ label, method = 'GET', path }: HttpRequest): string {
  return label ?? `${method} ${path || '/'}`
}
