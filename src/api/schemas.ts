/** Response schemas for the OpenAPI document; the types of the presenters must match them. */
import { z } from '@hono/zod-openapi'
import { ACTIONS, type Action, type Requirement } from '../domain/access/judge.ts'
import { EVENT_STATES } from '../domain/event.ts'
import { ARTIFACT_TYPES, BUILD_STATES, REBUILD_REASONS } from '../domain/rebuild/states.ts'
import type { BuildJson } from '../present/build.ts'
import type { Json } from '../present/columns.ts'
import type { FullEventJson, MinEventJson } from '../present/event.ts'
import type { ApiVersion } from './api.ts'
import type { CursorMeta, ListMeta, PagingMeta, PagingMetaWithCursor } from './lists/paging.ts'

const date = z.string().openapi({ format: 'date-time', example: '2019-08-01T07:00:46Z' })
const numbers = (ids: Readonly<Record<string, number>>) =>
  Object.entries(ids)
    .map(([name, id]) => `${id} ${name}`)
    .join(', ')
const names = (ids: Readonly<Record<string, number>>) => Object.keys(ids).join(', ')

/** Any JSON object. */
export const objectSchema = z
  .record(z.string(), z.custom<Json>())
  .openapi({ type: 'object', additionalProperties: true })

/** Any JSON. */
const anySchema = z
  .custom<Json>((value) => value !== undefined)
  .openapi({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'], additionalProperties: true })

/** For schemas that have a name or name their type: with `nullable()` the document would not show that they may be null. */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()])

/** The body of every error response. */
export const errorSchema = z
  .object({
    error: z.string().openapi({ example: 'Bad Request' }),
    message: z.string(),
    status: z.int().openapi({ example: 400 }),
    trace_id: z
      .string()
      .optional()
      .openapi({ description: 'The trace of the request; in version 2, where traces are exported' }),
  })
  .openapi('Error')

/** A build, as `presentBuild` returns it. */
export const buildSchema = z
  .object({
    build_args: objectSchema.openapi({
      description: 'Arguments for the build system; the keys may change at any time',
    }),
    build_id: z.int().nullable().openapi({ description: 'Task id in the build system' }),
    dep_on: z.string().nullable().openapi({ description: 'Name of the build that must be done first' }),
    dep_on_id: z.int().nullable(),
    event_id: z.int().nullable(),
    id: z.int(),
    name: z.string(),
    odcs_composes: z.array(z.int()).openapi({ description: 'Composes made for this build' }),
    original_nvr: z.string().nullable(),
    rebuild_reason: z.string().openapi({ description: names(REBUILD_REASONS) }),
    rebuilt_nvr: z.string().nullable(),
    state: z.int().openapi({ description: numbers(BUILD_STATES) }),
    state_name: z.string().nullable(),
    state_reason: z.string().nullable(),
    time_completed: date.nullable(),
    time_submitted: date,
    type: z
      .int()
      .nullable()
      .openapi({ description: numbers(ARTIFACT_TYPES) }),
    type_name: z.string().nullable(),
    url: z.string(),
  })
  .openapi('Build') satisfies z.ZodType<BuildJson>

/** The trace of an event. */
export const traceId = z.string().optional().openapi({
  description: 'The trace of everything about the event; missing if it is not recorded',
  example: '0af7651916cd43dd8448eb211c80319c',
})

const commonEvent = {
  depending_events: z.array(z.int()).openapi({ description: 'Events that depend on this one' }),
  depends_on_events: z.array(z.int()).openapi({ description: 'Events that this one depends on' }),
  dry_run: z.boolean().nullable(),
  event_type_id: z.int().openapi({ description: 'See /api/1/event-types/' }),
  id: z.int(),
  message_id: z.string().openapi({ description: 'Id of the message that triggered the event' }),
  requested_rebuilds: z.array(z.string()),
  requester: z.string().nullable(),
  requester_metadata: anySchema.openapi({ description: 'As it was sent, usually an object' }),
  search_key: z.string().openapi({ description: 'For advisories: the advisory id' }),
  state: z.int().openapi({ description: numbers(EVENT_STATES) }),
  state_name: z.string().nullable(),
  state_reason: z.string().nullable(),
  time_created: date.nullable(),
  time_done: date.nullable(),
  url: z.string(),
}

/** An event with its builds. */
const fullEventSchema = z
  .object({ builds: z.array(buildSchema), ...commonEvent })
  .openapi('Event') satisfies z.ZodType<FullEventJson>

/** An event with the numbers of its builds. */
const minEventSchema = z
  .object({
    builds_summary: z
      .object({ total: z.int() })
      .catchall(z.int())
      .openapi({ example: { DONE: 7, FAILED: 3, total: 10 } }),
    ...commonEvent,
  })
  .openapi('EventSummary') satisfies z.ZodType<MinEventJson>

/** Both forms of an event as each version answers them, as `inVersion` of the presenter returns it. */
export const eventSchemas = {
  1: { full: fullEventSchema, min: minEventSchema },
  2: {
    full: z.object({ ...fullEventSchema.shape, trace_id: traceId }).openapi('TracedEvent'),
    min: z.object({ ...minEventSchema.shape, trace_id: traceId }).openapi('TracedEventSummary'),
  },
} as const

const pagingMeta = {
  first: z.string(),
  last: z.string(),
  next: z.string().nullable(),
  page: z.int(),
  pages: z.int(),
  per_page: z.int(),
  prev: z.string().nullable(),
  total: z.int(),
}
const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: 'The `cursor` of what comes next; null: nothing does' })

const pagingMetaSchema = z.object(pagingMeta).openapi('Paging') satisfies z.ZodType<PagingMeta>

const pagingMetaWithCursorSchema = z
  .object({ ...pagingMeta, next_cursor: nextCursor })
  .openapi('PagingWithCursor') satisfies z.ZodType<PagingMetaWithCursor>

const cursorMetaSchema = z
  .object({
    next: z.string().nullable().openapi({ description: 'The address of what comes next' }),
    next_cursor: nextCursor,
    per_page: z.int(),
  })
  .openapi('CursorPaging') satisfies z.ZodType<CursorMeta>

const META: Readonly<Record<ApiVersion, z.ZodType<ListMeta>>> = {
  1: pagingMetaSchema,
  2: z.union([pagingMetaWithCursorSchema, cursorMetaSchema]),
}

/** Query parameters of every list; invalid values are ignored rather than rejected, so `paging.ts` reads them. */
const pageQuery = {
  page: z.unknown().optional().openapi({ type: 'integer', default: 1 }),
  per_page: z
    .unknown()
    .optional()
    .openapi({ type: 'integer', default: 10, description: 'Limited by the server' }),
}
const CURSOR =
  'In place of `page`: empty to begin a walk through the whole list, then `next_cursor` of each answer, with the same filters and order. ' +
  'Nothing is counted, and no row that stays in its place is missed or repeated while others are added or changed'

/** The parameters of the lists of a version; `lists/cursor.ts` reads the cursor. */
export const PAGING_QUERY = {
  1: pageQuery,
  2: { ...pageQuery, cursor: z.unknown().optional().openapi({ type: 'string', description: CURSOR }) },
} as const satisfies Record<ApiVersion, object>

/** The schema of a page of `item`. */
export function pageOf<Item extends z.ZodType>(item: Item, version: ApiVersion) {
  return z.object({ items: z.array(item), meta: META[version] })
}

/** A JSON response for the `responses` of a route. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** The response of routes that read a body. */
export const tooLarge = { 413: json(errorSchema, 'The request is larger than `max_request_bytes`') }

/** The response of routes that use an outside service which may not be configured. */
export const unavailable = { 503: json(errorSchema, 'A service that the request needs is not configured') }

/** The responses of routes that require a login; 503 comes from a login that needs a service that does not answer. */
export const loginResponses = {
  401: json(errorSchema, 'No valid login'),
  403: json(errorSchema, 'The caller may not do this'),
  503: json(errorSchema, 'A service is not configured, or cannot check the login'),
}

/** The same for a route that is guarded by the roles and the scope of an action. */
export function guardResponses(action: Action) {
  const { roles, scope }: Requirement = ACTIONS[action]
  const scopeText = scope ? `, or the token lacks the scope ${scope}` : ''
  const description = `The caller has none of the roles ${roles.join(', ')}${scopeText}`
  return { ...loginResponses, 403: json(errorSchema, description) }
}
