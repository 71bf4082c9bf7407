/** Parts of OpenAPI definitions that all routes with streams share. */
import { z } from '@hono/zod-openapi'

/** The argument in place of the header `Last-Event-ID`. */
export const lastEventIdQuery = {
  last_event_id: z.unknown().optional().openapi({
    type: 'integer',
    description: 'As the header Last-Event-ID, which precedes it: continue behind this event',
  }),
}

/** The response of a stream. */
export function streamBody(description: string) {
  return { description, content: { 'text/event-stream': { schema: z.string() } } }
}
