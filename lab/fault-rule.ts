/** The faults that a service of the lab can be made to show. */

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
] as const
export type Service = (typeof SERVICES)[number]

/** The ways in which the real services have failed their callers. */
export const FAULT_KINDS = [
  /** 503 with a text body. */
  'unavailable',
  /** 500, as when a service has an internal error. */
  'broken',
  /** 401, as when a ticket has expired. */
  'unauthorized',
  /** No answer until the caller closes the connection. */
  'hang',
  /** The connection breaks before the request is carried out. */
  'drop',
  /** The request is carried out, then the connection breaks: the caller cannot know whether it was. */
  'drop-after-commit',
  /** 200 with a body that is not JSON or XML. */
  'rubbish',
  /** The correct answer, `delayMs` late. */
  'slow',
  /** Koji only: fault 1014 in a 200. */
  'offline',
  /** Koji only: the method is refused with fault `code` and `text`, for calls whose first argument holds `about`. */
  'refuse',
  /** The git server only: redirects to another host. */
  'redirect',
  /** Pyxis only: the database does not answer in time for pages larger than `aboveRows`. */
  'mongo-timeout',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** One fault of a service; the first rule that matches a request is used. */
export type FaultRule = {
  service: Service
  kind: FaultKind
  /** Only requests of this operation (a path with the verb, a GraphQL field, a Koji method); all requests when left out. */
  operation?: string
  /** How many more requests it affects; no limit when left out. */
  times?: number
  /** When it ends, in milliseconds since 1970. */
  until?: number
  delayMs?: number
  aboveRows?: number
  code?: number
  text?: string
  about?: string
}
