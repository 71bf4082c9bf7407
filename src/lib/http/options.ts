/** The options of clients of outside services. */
import type { LookupFunction } from 'node:net'
import type { UpstreamFailure } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { ReportUnreadable } from '../records.ts'
import type { TlsSettings } from '../tls/certificate-problem.ts'
import type { TlsFiles } from './connections/renewed-files.ts'
import type { HttpProxy } from './connections/through-proxy.ts'
import type { HttpAnswer } from './request.ts'
import type { RetryRule } from './retry.ts'

/** One attempt that ended, for metrics. */
export type HttpCall = { service: string; outcome: 'ok' | UpstreamFailure; ms: number }

/** What every client of an outside service is created with. */
export type ClientOptions = {
  /** Base URL; the paths of requests are appended to it as they are, and an empty path means this very address. */
  url: string
  /** For one attempt, from sending to the last byte of the answer. */
  timeoutMs: number
  /** For opening a connection, TLS included. Default: half of `timeoutMs`, at most 10 s. */
  connectTimeoutMs?: number
  /** Calls in flight at once to one host of this service; more wait. */
  concurrency: number
  /** The same to all its hosts. Default: no limit besides, which is right where the operator has configured them. */
  totalConcurrency?: number
  retry: RetryRule
  /** TLS options of every connection. */
  tls?: TlsFiles & { rejectUnauthorized?: boolean }
  /** Called for each connection: files may be renewed while the process runs. They precede those of `tls`. */
  tlsFiles?: () => TlsFiles
  tlsSettings?: TlsSettings
  /** Finds the addresses of host names, in place of the system's resolver. */
  lookup?: LookupFunction
  /** Not for a client with `lookup`. */
  proxy?: HttpProxy
  /** Larger answers are refused. Default 64 MiB. */
  maxBodyBytes?: number
  onCall?: (call: HttpCall) => void
  /** Called once for each answer with records that cannot be read. */
  onUnreadable?: ReportUnreadable
  log: Logger
}

/** `ClientOptions` completed by the client itself. */
export type HttpOptions = ClientOptions & {
  /** The name in errors, logs and metrics. */
  service: string
  headers?: Record<string, string>
  /**
   * Whether this 404 or 410 comes from the service itself, and so means that the thing is unknown. Any other comes from a proxy
   * that does not find the service, as during a deployment, and is trouble of the service. Left out: all of them count, as for
   * file servers, whose error pages may look like anything.
   */
  saysUnknown?: (answer: HttpAnswer) => boolean
  /** Called for fresh credentials before every attempt, since a Negotiate token is valid for one request only. */
  authorize?: () => Promise<Record<string, string>>
}
