/** Types and constants that all routes share: the app, the context, and the roots of their paths. */
import type { ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, GateContext } from '../context.ts'
import type { Access } from './auth/access.ts'
import type { Caller } from './caller.ts'
import type { Peers } from './processes/peers.ts'

/**
 * `incoming` is missing in requests that did not arrive over a socket (tests). `stream` is set by routes whose response continues
 * after its headers: it then writes the body itself (`streams/hand-over.ts`).
 */
export type ApiEnv = {
  Bindings: Partial<HttpBindings> & { stream?: (outgoing: ServerResponse) => void }
  Variables: {
    requestId: string
    caller: Caller
    access: Access
    /** Identifies the request in the audit: unlike `requestId` it is never the caller's. */
    auditedAs?: string
    /** What the request is about, for the log line of its failure; set by routes whose path does not show it. */
    about?: Record<string, unknown>
  }
}
/** The app, or a part that routes are added to. */
export type Api = OpenAPIHono<ApiEnv>

/** The context that routes use; `peers`: the other web processes on the same port. */
export type ApiContext = Context & { peers?: Peers }

/** The context of routes that a process without database and queues has too. */
export type SharedContext = GateContext & Partial<ApiContext>

/** The versions share all endpoints; only the default form of an event differs (behaviour/freshmaker 3). */
export const API_VERSIONS = [1, 2] as const
export type ApiVersion = (typeof API_VERSIONS)[number]

/** The root path of the gate's API (behaviour/greenwave 5). */
export const GATE_ROOT = '/api/v1.0'

/** The header that gives the time of a decision about the past, as ISO 8601 in UTC (behaviour/greenwave 5). */
export const DECISION_AS_OF = 'Freshwave-Decision-As-Of'
