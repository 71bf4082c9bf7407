/** The faults that the lab can simulate: the table of kinds, and the rules that select requests. */

/** Each service has its own port. */
export const SERVICES = [
  'errata',
  'pyxis',
  'pulp',
  'koji',
  'odcs',
  'resultsdb',
  'waiverdb',
  'distgit',
  'jira',
  'pyxis-rest',
  'product-pages',
  'flatpak-index',
] as const
export type Service = (typeof SERVICES)[number]

/** The ways in which the real services fail, with the services that can fail that way. */
export const FAULT_KINDS = {
  /** HTTP status `status` (by default 503) with the plain body `text`. */
  status: SERVICES,
  /** The connection breaks without an answer. */
  reset: SERVICES,
  /** No answer until the caller closes the connection. */
  hang: SERVICES,
  /** The headers and the first half of the correct answer, then the connection breaks. */
  half: SERVICES,
  /** 200 with the body `text`, by default bytes that are not text, JSON or XML. */
  garbage: SERVICES,
  /** 200 with an empty body. */
  empty: SERVICES,
  /** The correct answer, `delayMs` late. */
  slow: SERVICES,
  /** The connection breaks without an answer, but `delayMs` later the request is carried out. */
  late: SERVICES,
  /** The whole request ends with fault `code` (by default 1014, as in maintenance) and `text` in a 200. */
  fault: ['koji'],
  /** A call ends with fault `code` (by default 1000) and `text`; other calls of the same multiCall are carried out. */
  'call-fault': ['koji'],
  /** Redirects to another host. */
  redirect: ['distgit'],
  /** The database takes `delayMs` for each result that it returns. */
  'slow-results': ['resultsdb'],
  /** The database does not answer in time for pages larger than `aboveRows`. */
  'mongo-timeout': ['pyxis'],
} as const satisfies Record<string, readonly Service[]>
export type FaultKind = keyof typeof FAULT_KINDS

/** One fault of a service; the first rule that matches a request is used. */
export type FaultRule = {
  service: Service
  kind: FaultKind
  /**
   * Only requests of this operation (a path with the verb, with or without `:id` for its numbers, a GraphQL field, a
   * Koji method); all when left out.
   */
  operation?: string
  /** Operations whose requests are exempt. */
  except?: readonly string[]
  /** `call-fault`: only calls with this number or a text that contains this one anywhere in their arguments. */
  argument?: string | number
  /** How many more requests (or calls) it affects; no limit when left out. */
  times?: number
  /** When it ends, in milliseconds since 1970. */
  until?: number
  /**
   * `status`, `reset`, `hang`, `garbage`, `empty`: whether the request is carried out before it fails, so that the caller
   * cannot know whether it was. By default `before`: nothing is carried out.
   */
  stage?: 'before' | 'after'
  status?: number
  delayMs?: number
  aboveRows?: number
  code?: number
  text?: string
}
