/** The content of an audit entry: a request for a change, and what became of it (decision 0028). */

/** What was requested. */
export const AUDIT_ACTIONS = [
  'rebuild',
  'async-rebuild',
  'cancel',
  'retry',
  'replay',
  'operate-queues',
  'import',
  'restore',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** `done`: changed. `refused`: the request was at fault. `failed`: a service or Freshwave was; nothing was changed. */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number]

/** Where requests come in. */
export const AUDIT_DOORS = ['api', 'bus', 'command-line'] as const

/** Where a request came from, and how the name in it is known. */
export type RequestOrigin = {
  /** Identifies the request, which gets one row at most; not one that the caller has chosen. Without it each row is kept. */
  request?: string
  /** What proves the name: `none` where it is only claimed. */
  credential: string
  from: {
    door: (typeof AUDIT_DOORS)[number]
    /** An IP address, the topic of a message, or a host name; null: not known. */
    address: string | null
  }
}

/** A request for a change: who, by which credential, from where, what, on what. */
export type AuditedRequest = RequestOrigin & {
  /** User name; null: not known. */
  who: string | null
  action: AuditAction
  /** The thing that was to be changed, as the functions below write it; null: the request did not name one. */
  subject: string | null
}

/** What became of it. */
export type AuditedEnd = {
  outcome: AuditOutcome
  /** The reason of a refusal or failure, or what a person should know; never the body of the request. */
  detail?: string | null
  /** The event that was opened or changed. */
  eventId?: number | null
}

/** Subjects, so that one thing has one spelling to filter by. */
export const auditSubject = {
  advisory: (id: number | string) => `advisory ${id}`,
  event: (id: number) => `event ${id}`,
  message: (id: number) => `message ${id}`,
  packages: (names: readonly string[]) => `packages ${names.join(' ')}`,
  queue: (name: string) => `queue ${name}`,
  job: (queue: string, id: string) => `job ${id} of queue ${queue}`,
  allQueues: 'all queues',
  database: (address: string) => `database ${address}`,
} as const

/** The subject of a request to rebuild that may be invalid in any way; null when it names nothing that can be read. */
export function requestedSubject(body: unknown): string | null {
  const {
    errata_id: advisory,
    freshmaker_event_id: event,
    container_images: images,
  } = Object(body) as Record<string, unknown>
  if (Number.isInteger(advisory)) return auditSubject.advisory(Number(advisory))
  if (Array.isArray(images) && images.length > 0)
    return auditSubject.packages(images.filter((name) => typeof name === 'string'))
  return Number.isInteger(event) ? auditSubject.event(Number(event)) : null
}
