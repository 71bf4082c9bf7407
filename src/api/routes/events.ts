/** Events: the list with its filters, and single events, in full (version 1) or short (version 2) (behaviour/freshmaker 3.2). */
import { createRoute, z } from '@hono/zod-openapi'
import type { EntityManager } from '../../db/orm.ts'
import { EVENT_SORT_KEYS, eventList } from '../../db/queries/records/event-list.ts'
import { fullEventsByIds, minEventsByIds } from '../../db/queries/records/event-rows.ts'
import { EVENT_STATES } from '../../domain/event.ts'
import {
  type FullEventJson,
  inVersion,
  type MinEventJson,
  presentFullEvent,
  presentMinEvent,
} from '../../present/event.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { notFound } from '../errors.ts'
import {
  first,
  idInPath,
  integer,
  nameOrNumber,
  repeatable,
  sortKey,
  text,
  textList,
} from '../lists/arguments.ts'
import { listAnswer } from '../lists/list-answer.ts'
import { sharedReads } from '../middleware/shared-reads.ts'
import { errorSchema, eventSchemas, json, PAGING_QUERY, pageOf } from '../schemas.ts'

const form = {
  show_full_json: z
    .unknown()
    .optional()
    .openapi({ type: 'string', enum: ['True', 'False'], description: 'Whether to include the builds' }),
}
const listQuery = {
  ...form,
  message_id: repeatable(text).openapi(textList('Id of the message that triggered the event')),
  search_key: repeatable(text).openapi(textList('For advisories: the advisory id')),
  event_type_id: repeatable(integer('event_type_id')).openapi({ type: 'array', items: { type: 'integer' } }),
  requester: repeatable(text).openapi(textList('User who requested the rebuild')),
  state: repeatable(nameOrNumber(EVENT_STATES, (value) => `Invalid state was supplied: ${value}`)).openapi(
    textList(`${Object.keys(EVENT_STATES).join(', ')}, or the number`),
  ),
  order_by: first(sortKey(EVENT_SORT_KEYS)).openapi({
    type: 'string',
    default: '-id',
    enum: EVENT_SORT_KEYS.flatMap((key) => [key, `-${key}`]),
  }),
}

/** `/events/` and `/events/{id}`. */
export function addEvents(app: Api, ctx: ApiContext, version: ApiVersion): void {
  const { full, min } = eventSchemas[version]
  const eventSchema = z.union([full, min])
  const list = createRoute({
    method: 'get',
    path: `/api/${version}/events/`,
    tags: ['events'],
    summary: 'Events, newest first',
    middleware: sharedReads(),
    request: { query: z.object({ ...PAGING_QUERY[version], ...listQuery }) },
    responses: {
      200: json(pageOf(eventSchema, version), 'A page of events'),
      400: json(errorSchema, 'Invalid argument'),
    },
  })
  app.openapi(list, async (c) => {
    const query = c.req.valid('query')
    const filter = {
      messageId: query.message_id,
      searchKey: query.search_key,
      eventTypeId: query.event_type_id,
      requester: query.requester,
      state: query.state,
    }
    const order = query.order_by ?? { key: 'id', descending: true }
    const em = ctx.db.fork()
    const full = isFull(query.show_full_json, version)
    const answer = await listAnswer(c, {
      em,
      list: eventList(filter, order),
      load: (ids) => eventsAsJson(em, ids, { full, version, prefix: c.get('caller').prefix }),
      maxPerPage: ctx.settings.file.api_max_per_page,
      version,
    })
    return c.json(answer, 200)
  })

  const item = createRoute({
    method: 'get',
    path: `/api/${version}/events/{id}`,
    tags: ['events'],
    summary: 'A single event',
    middleware: sharedReads(),
    request: { params: idInPath, query: z.object(form) },
    responses: { 200: json(eventSchema, 'The event'), 404: json(errorSchema, 'No such event') },
  })
  app.openapi(item, async (c) => {
    const full = isFull(c.req.valid('query').show_full_json, version)
    const ids = [c.req.valid('param').id]
    const form = { full, version, prefix: c.get('caller').prefix }
    const [event] = await eventsAsJson(ctx.db.fork(), ids, form)
    if (!event) throw notFound('No such event found.')
    return c.json(event, 200)
  })
}

/** Only a single argument of exactly `True` or `False` overrides the default of the version. */
function isFull(argument: unknown, version: ApiVersion): boolean {
  if (argument === 'True' || argument === 'False') return argument === 'True'
  return version === 1
}

/** How the caller gets events; `prefix` is that of its links. */
type Form = { full: boolean; version: ApiVersion; prefix: string }

async function eventsAsJson(
  em: EntityManager,
  ids: number[],
  { full, version, prefix }: Form,
): Promise<(FullEventJson | MinEventJson)[]> {
  if (full)
    return (await fullEventsByIds(em, ids)).map((event) =>
      inVersion(version, presentFullEvent(event, prefix), event),
    )
  return (await minEventsByIds(em, ids)).map((event) =>
    inVersion(version, presentMinEvent(event, prefix), event),
  )
}
