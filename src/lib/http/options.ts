/** Options of the clients for upstream services. */
import type { LookupFunction } from 'node:net'
import type { UpstreamFailure } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { RetryRule } from './retry.ts'

/** One finished attempt, for the metrics. */
export type HttpCall = { service: string; outcome: 'ok' | UpstreamFailure; ms: number }

/** Options that every upstream client takes. */
export type ClientOptions = {
  /** Base URL; request paths are appended unchanged, and an empty path means exactly this URL. */
  url: string
  /** Limit for one attempt, from sending it to the last byte of the answer. */
  timeoutMs: number
  /** Maximum number of calls in flight to this service; further calls wait. */
  concurrency: number
  retry: RetryRule
  /** Client certificate and trusted certificate authorities, as PEM text. */
  tls?: { cert?: string; key?: string; ca?: string; rejectUnauthorized?: boolean }
  /** Resolves host names, instead of the system's resolver. */
  lookup?: LookupFunction
  /** Larger answers fail. Default 64 MiB. */
  maxBodyBytes?: number
  onCall?: (call: HttpCall) => void
  log: Logger
}

/** `ClientOptions` plus what each client adds for its service. */
export type HttpOptions = ClientOptions & {
  /** The service's name in errors, logs and metrics. */
  service: string
  headers?: Record<string, string>
  /** Returns fresh credentials; called before every attempt, because a Negotiate token is valid for one request. */
  authorize?: () => Promise<Record<string, string>>
}
