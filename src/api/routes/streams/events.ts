/** `GET /api/2/stream`: every change of events and builds, as it happens (behaviour/streams 2). */
import { createRoute, z } from '@hono/zod-openapi'
import type { Streams } from '../../../commands/streams/open-streams.ts'
import { CHANGE_KINDS, type ChangeKind, filterOfEvents } from '../../../domain/streams/change.ts'
import type { Api } from '../../api.ts'
import { integer, oneOf, repeatable, text } from '../../lists/arguments.ts'
import { errorSchema, json } from '../../schemas.ts'
import type { StreamConnections } from '../../streams/connections.ts'
import { openingFrames } from '../../streams/frames.ts'
import { lastEventId } from '../../streams/last-event-id.ts'
import { lastEventIdQuery, streamBody } from '../../streams/schemas.ts'

/** The short form of an event; the full one repeats all its builds. */
const DEFAULT_KINDS: readonly ChangeKind[] = ['build.state.changed', 'event.state.changed.min']

const route = createRoute({
  method: 'get',
  path: '/api/2/stream',
  tags: ['events'],
  summary: 'Changes of events and builds, as server-sent events',
  request: {
    query: z.object({
      event: repeatable(integer('event')).openapi({
        type: 'array',
        items: { type: 'integer' },
        description: 'Id of an event; may be repeated',
      }),
      advisory: repeatable(text).openapi({
        type: 'array',
        items: { type: 'string' },
        description: 'Id of an advisory (search key of an event); may be repeated',
      }),
      kinds: z
        .preprocess(splitList, z.array(oneOf('kinds', CHANGE_KINDS)).optional())
        .optional()
        .openapi({
          type: 'string',
          example: DEFAULT_KINDS.join(','),
          description: `What to report, separated by commas: ${CHANGE_KINDS.join(', ')}`,
        }),
      ...lastEventIdQuery,
    }),
  },
  responses: {
    200: streamBody('Events named after their kind; `data` is the build or event'),
    400: json(errorSchema, 'An argument is invalid'),
    503: json(errorSchema, 'Too many streams are open, or the database cannot be reached'),
  },
})

/** Adds the route. */
export function addEventStream(app: Api, streams: Streams, connections: StreamConnections): void {
  app.openapi(route, async (c) => {
    const { event = [], advisory = [], kinds = DEFAULT_KINDS } = c.req.valid('query')
    const last = lastEventId(c)
    connections.checkRoom(c)
    const { after, hasGap } = await streams.beginning(last)
    return connections.open(c, {
      kind: 'events',
      filter: filterOfEvents({ events: event, advisories: advisory, kinds }),
      after,
      first: openingFrames({ after, missedAfter: hasGap ? last : null }),
    })
  })
}

function splitList(value: unknown): unknown {
  const texts = Array.isArray(value) ? value : [value]
  const names = texts.flatMap((each) => (typeof each === 'string' ? each.split(',') : []))
  return names.some(Boolean) ? names.filter(Boolean) : undefined
}
