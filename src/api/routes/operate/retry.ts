/** Resumes an ended event: `POST /api/2/events/{id}/retry` (decision 0016). */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { resumeEvent } from '../../../commands/resume-event.ts'
import { findEvent } from '../../../db/queries/events.ts'
import { refusalToRetry } from '../../../domain/access/judge.ts'
import { auditSubject } from '../../../domain/audit.ts'
import { MAX_REQUESTER } from '../../../domain/rebuild/intake/request-checks.ts'
import type { ResumeRefusal } from '../../../domain/rebuild/plan/choose-resumed.ts'
import { MAX_INTEGER } from '../../../lib/storable.ts'
import type { Api, ApiContext, ApiEnv } from '../../api.ts'
import { auditRefusals, guardChange, originOf, requesterOf } from '../../audit.ts'
import { ApiError } from '../../errors.ts'
import { readText, validBody } from '../../input/body.ts'
import { idOf } from '../../input/path.ts'
import { idInPath } from '../../lists/arguments.ts'
import { errorSchema, guardResponses, json, tooLarge } from '../../schemas.ts'

const MAX_REASON = 1000

const bodySchema = z
  .strictObject(
    {
      builds: z
        .array(z.int().min(1).max(MAX_INTEGER), { error: '"builds" must be an array of build ids.' })
        .max(10_000)
        .default([])
        .openapi({
          description:
            'Ids of failed or canceled builds; empty: all that failed. Those they need and those that depend on them are included',
        }),
      reason: z
        .string({ error: '"reason" must be a string.' })
        .max(MAX_REASON, { error: `"reason" must have at most ${MAX_REASON} characters.` })
        .optional()
        .openapi({ description: 'Shown with the new event' }),
      requester: z
        .string({ error: '"requester" must be a string.' })
        .max(MAX_REQUESTER, { error: `"requester" must have at most ${MAX_REQUESTER} characters.` })
        .optional(),
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
      .openapi({ description: 'Builds that are planned again; empty: everything is discovered again' }),
  })
  .openapi('Retried')

const STATUSES = {
  'unknown-event': 404,
  'not-ended': 400,
  open: 400,
  'unknown-build': 400,
  'build-done': 400,
  'nothing-left': 400,
} as const satisfies Record<ResumeRefusal['kind'], number>

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
    ...guardResponses('retry'),
    ...tooLarge,
    404: json(errorSchema, 'No such event'),
  },
})

/** Adds the route, in version 2 only because the original has no such endpoint. An empty body stands for `{}`. */
export function addRetry(app: Api, ctx: ApiContext): void {
  app.openAPIRegistry.registerPath(route)
  const guard = guardChange(ctx, 'retry', (c) => auditSubject.event(idOf(c.req.param())))
  app.post(route.getRoutingPath(), guard, (c) => {
    const eventId = idOf(c.req.param())
    let requester = requesterOf(c)
    const requested = () => ({
      who: requester,
      action: 'retry' as const,
      subject: auditSubject.event(eventId),
    })
    return auditRefusals(c, ctx, requested, async () => {
      const text = await readText(c)
      const body = text === '' ? { builds: [] } : validBody(text, bodySchema)
      const { builds: buildIds, reason = null } = body
      requester = requesterOf(c, body.requester)
      await refuseUnlessPermitted(c, ctx, eventId)
      const resumed = await resumeEvent(ctx, { eventId, buildIds, requester, reason, origin: originOf(c) })
      if ('refused' in resumed) throw new ApiError(STATUSES[resumed.refused.kind], resumed.refused.text)
      const { eventId: event_id, messageId: message_id, builds } = resumed
      return c.json({ event_id, message_id, builds }, 200)
    })
  })
}

/** @throws ApiError 403 when the caller may not request what the event builds */
async function refuseUnlessPermitted(c: Context<ApiEnv>, ctx: ApiContext, eventId: number): Promise<void> {
  const event = await findEvent(ctx.db.fork(), eventId)
  const { scopeNamespace } = c.get('access')
  const refusal = event && refusalToRetry(c.get('caller'), event.eventTypeId, scopeNamespace)
  if (refusal) throw new ApiError(403, refusal)
}
