/** Cancels an event: `PATCH /events/{id}` with `{"action": "cancel"}` (behaviour/freshmaker 3.3). */
import { createRoute, z } from '@hono/zod-openapi'
import { cancelEvent } from '../../commands/transition/cancel-event.ts'
import { findEvent } from '../../db/queries/events.ts'
import { fullEventById } from '../../db/queries/records/event-rows.ts'
import { refusalToCancel } from '../../domain/access/judge.ts'
import { auditSubject } from '../../domain/audit.ts'
import { inVersion, presentFullEvent } from '../../present/event.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { auditRefusals, guardChange, originOf, requesterOf } from '../audit.ts'
import { ApiError } from '../errors.ts'
import { readBody } from '../input/body.ts'
import { idOf } from '../input/path.ts'
import { idInPath } from '../lists/arguments.ts'
import { errorSchema, eventSchemas, guardResponses, json, tooLarge } from '../schemas.ts'

const bodySchema = z
  .looseObject({
    action: z
      .unknown()
      .optional()
      .openapi({ type: 'string', enum: ['cancel'] }),
  })
  .superRefine(({ action }, check) => {
    if (action === undefined)
      check.addIssue("Missing action in request. Don't know what to do with the event.")
    else if (action !== 'cancel') check.addIssue('Unsupported action requested.')
  })
  .openapi('EventAction')

/** `PATCH /events/{id}`. `readBody` reads the body, whatever its Content-Type. */
export function addCancelEvent(app: Api, ctx: ApiContext, version: ApiVersion): void {
  const path = `/api/${version}/events/{id}`
  const route = createRoute({
    method: 'patch',
    path,
    tags: ['events'],
    summary: 'Cancel an event with its builds; running tasks are canceled afterwards',
    request: {
      params: idInPath,
      body: { required: true, content: { 'application/json': { schema: bodySchema } } },
    },
    responses: {
      200: json(eventSchemas[version].full, 'The canceled event'),
      400: json(errorSchema, 'Invalid request, no such event, or the event has ended in another state'),
      ...tooLarge,
      ...guardResponses('cancel'),
    },
  })
  app.openAPIRegistry.registerPath(route)
  const guard = guardChange(ctx, 'cancel', (c) => auditSubject.event(idOf(c.req.param())))
  app.patch(route.getRoutingPath(), guard, async (c) => {
    const id = idOf(c.req.param())
    const requester = requesterOf(c)
    const requested = () => ({
      who: requester,
      action: 'cancel' as const,
      subject: auditSubject.event(id),
    })
    return auditRefusals(c, ctx, requested, async () => {
      const body = await readBody(c, bodySchema)
      const found = await findEvent(ctx.db.fork(), id)
      if (!found) throw noSuchEvent()
      const refusal = refusalToCancel(c.get('caller'), found.requester ?? null)
      if (refusal) throw new ApiError(403, refusal)
      const announce = (buildIds: number[]) => ({
        topic: 'manage.eventcancel',
        payload: { ...body, action: 'eventcancel', event_id: id, builds_id: buildIds },
      })
      const state = await cancelEvent(ctx, id, { requester, origin: originOf(c), announce })
      const event = await fullEventById(ctx.db.fork(), id)
      if (!event) throw noSuchEvent()
      if (state !== 'CANCELED')
        throw new ApiError(400, `Event ${id} is already ${state} and cannot be canceled.`)
      return c.json(inVersion(version, presentFullEvent(event, c.get('caller').prefix), event), 200)
    })
  })
}

/** 400 rather than 404, as in the original. */
function noSuchEvent(): ApiError {
  return new ApiError(400, 'No such event found.', 'Not Found')
}
