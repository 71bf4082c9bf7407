/** The interface between the pages and the API whose process serves them: its guards, its errors, and requests to it. */
import type { Context, MiddlewareHandler } from 'hono'
import type { Identity } from '../domain/access/identity.ts'
import type { Action } from '../domain/access/judge.ts'
import type { AuditAction } from '../domain/audit.ts'

/** The caller of a page; `prefix` precedes the path in every link, `root` in absolute ones. */
export type PageCaller = Identity & { prefix: string; root: string }

/** The environment of all pages. */
export type PageEnv = { Variables: { caller: PageCaller; requestId: string } }
/** The request of a page. */
export type PageRequest = Context<PageEnv>

/** An answer of the API: its status, and its body as it came. */
export type ApiAnswer = { status: number; body: unknown }

/** An action that changes something. */
export type ChangeAction = Action & AuditAction

/** The part of the API that pages use. Reading goes to the queries and presenters instead. */
export type ApiDoor = {
  /** The guard of the API for reading what not everyone may read. */
  requires(action: Action): MiddlewareHandler<PageEnv>
  /** The guard of the API for a change of `subjectOf`, as the audit spells it: a refusal of a caller that has logged in is recorded. */
  guards(action: ChangeAction, subjectOf: (c: PageRequest) => string): MiddlewareHandler<PageEnv>
  /** Finds out who the caller is; a caller without a login stays anonymous. @throws when logins cannot be checked */
  identify(c: PageRequest): Promise<void>
  /** Why an identified caller may not do this; undefined: it may. */
  refusal(c: PageRequest, action: Action): string | undefined
  /** The setting `oidc_base_namespace`, for the rules about single events. */
  scopeNamespace: string
  /** The answer of the API to an error. */
  answer(error: Error, c: PageRequest): Response | Promise<Response>
  /** Sends a request to the API as this caller: with its guards, its checks and its audit. `key` is its `Idempotency-Key`. */
  send(
    c: PageRequest,
    request: { method: 'GET' | 'POST' | 'PATCH'; path: string; body?: object; key?: string },
  ): Promise<ApiAnswer>
}
