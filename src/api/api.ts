/** What all routes share: the type of the app, and what they are given to work with. */
import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from '../context.ts'
import type { Caller } from './caller.ts'

/** `incoming` is missing in requests that did not come over a socket. */
export type ApiEnv = {
  Bindings: Partial<HttpBindings>
  Variables: { requestId: string; client: Caller }
}
/** The app. */
export type Api = OpenAPIHono<ApiEnv>

/** What routes work with. */
export type ApiContext = Context

/** Both versions have the same endpoints; only the default form of an event differs (behaviour/freshmaker 3). */
export const API_VERSIONS = [1, 2] as const
export type ApiVersion = (typeof API_VERSIONS)[number]

/** Where the API of the gate is (behaviour/greenwave 5). */
export const GATE_ROOT = '/api/v1.0'
