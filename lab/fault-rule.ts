/** The faults a service of the lab can be told to show. */

/** Each is served on a port of its own. */
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
  /** 500, as when a service trips over itself. */
  'broken',
  /** 401, as when a ticket ran out. */
  'unauthorized',
  /** No answer at all until the caller hangs up. */
  'hang',
  /** The connection breaks before anything is done. */
  'drop',
  /** Everything is done, then the connection breaks: the caller cannot know. */
  'drop-after-commit',
  /** 200 with a body that is neither JSON nor XML. */
  'rubbish',
  /** The right answer, `delayMs` late. */
  'slow',
  /** Koji only: fault 1014 in a 200. */
  'offline',
  /** Koji only: the method is refused with fault `code` and `text`, for calls whose first argument holds `about`. */
  'refuse',
  /** The git server only: sends its caller somewhere else. */
  'redirect',
  /** Pyxis only: the database does not answer in time for pages larger than `aboveRows`. */
  'mongo-timeout',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** One fault, set for a service; the first rule that fits a request is used. */
export type FaultRule = {
  service: Service
  kind: FaultKind
  /** Only requests of this operation (a path with the verb, a GraphQL field, a Koji method); else all. */
  operation?: string
  /** How many more requests it hits; endless when left out. */
  times?: number
  /** Until when it hits, in milliseconds since 1970. */
  until?: number
  delayMs?: number
  aboveRows?: number
  code?: number
  text?: string
  about?: string
}
