/** Takes an ended event up again: `POST /api/2/events/{id}/retry` (decision 0016). */
import { createRoute, z } from '@hono/zod-openapi'
import { resumeEvent } from '../../../commands/resume-event.ts'
import { auditSubject } from '../../../domain/audit.ts'
import type { Refusal } from '../../../domain/rebuild/plan/choose-resumed.ts'
import type { Api, ApiContext } from '../../api.ts'
import { auditRefusals, originOf } from '../../audit.ts'
import { ApiError } from '../../errors.ts'
import { readBody } from '../../input/body.ts'
import { idOf } from '../../input/path.ts'
import { idInPath } from '../../lists/arguments.ts'
import { errorSchema, json } from '../../schemas.ts'

const MAX_REASON = 1000

const bodySchema = z
  .object(
    {
      builds: z
        .array(z.int().min(1).max(2_147_483_647), { error: '"builds" must be an array of build ids.' })
        .max(10_000)
        .default([])
        .openapi({
          description: 'Ids of failed builds; empty: all that failed. What hangs on them is taken too',
        }),
      reason: z
        .string({ error: '"reason" must be a string.' })
        .max(MAX_REASON, { error: `"reason" must have at most ${MAX_REASON} characters.` })
        .optional()
        .openapi({ description: 'Shown with the new event' }),
      requester: z.string({ error: '"requester" must be a string.' }).optional(),
    },
    { error: 'The request body must be a JSON object.' },
  )
  .openapi('RetryRequest')

const resumedSchema = z
  .object({
    event_id: z.int().openapi({ description: 'The new event' }),
    message_id: z.string(),
    builds: z
      .array(z.int())
      .openapi({ description: 'Builds that are planned anew; empty: all is discovered anew' }),
  })
  .openapi('Retried')

const STATUSES = {
  'unknown-event': 404,
  'not-ended': 400,
  open: 400,
  'unknown-build': 400,
  'build-done': 400,
  'nothing-left': 400,
} as const satisfies Record<Refusal['kind'], number>

const route = createRoute({
  method: 'post',
  path: '/api/2/events/{id}/retry',
  tags: ['events'],
  summary: 'Build what failed in an ended event again, in a new event',
  request: {
    params: idInPath,
    body: { required: true, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    200: json(resumedSchema, 'The new event'),
    400: json(errorSchema, 'Invalid request, or there is nothing to build again'),
    404: json(errorSchema, 'No such event'),
  },
})

/** Only in version 2, because the original has no such endpoint. An empty body stands for `{}`. */
export function addRetry(app: Api, ctx: ApiContext): void {
  app.openAPIRegistry.registerPath(route)
  app.post(route.getRoutingPath(), (c) => {
    const eventId = idOf(c.req.param())
    let requester: string | null = null
    const requested = () => ({
      who: requester,
      action: 'retry' as const,
      subject: auditSubject.event(eventId),
    })
    return auditRefusals(c, ctx, requested, async () => {
      const body = (await c.req.text()) === '' ? { builds: [] } : await readBody(c, bodySchema)
      const { builds: buildIds, reason = null } = body
      requester = body.requester ?? null
      const resumed = await resumeEvent(ctx, { eventId, buildIds, requester, reason, origin: originOf(c) })
      if ('refused' in resumed) throw new ApiError(STATUSES[resumed.refused.kind], resumed.refused.text)
      const { eventId: event_id, messageId: message_id, builds } = resumed
      return c.json({ event_id, message_id, builds }, 200)
    })
  })
}
