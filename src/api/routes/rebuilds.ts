/** Requests for rebuilds: `POST /builds/` of an advisory, `POST /async-builds/` of images by name (behaviour/freshmaker 3.4, 3.5). */
import { createRoute, z } from '@hono/zod-openapi'
import { openRequestedEvent, REBUILD_ACTIONS } from '../../commands/intake/open-requested-event.ts'
import { fullEventById } from '../../db/queries/records/event-rows.ts'
import { requestedSubject } from '../../domain/audit.ts'
import { MAX_IMAGES } from '../../domain/rebuild/intake/request-checks.ts'
import { inVersion, presentFullEvent } from '../../present/event.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { auditRefusals, guardChange, originOf, requesterOf } from '../audit.ts'
import { ApiError, notFound } from '../errors.ts'
import { readJson, readText } from '../input/body.ts'
import { errorSchema, eventSchemas, guardResponses, json, tooLarge } from '../schemas.ts'

const common = {
  freshmaker_event_id: z.int().optional().openapi({ description: 'Event whose finished builds are reused' }),
  dry_run: z.boolean().default(false).openapi({ description: 'Nothing is submitted; the builds end DONE' }),
  metadata: z.unknown().openapi({
    description:
      'Any JSON. `skip_rebuilt`, `olm_substitutes` and `bundle_related_image_overrides` have a meaning',
  }),
}

const advisoryBody = z
  .object({
    errata_id: z.int().optional().openapi({ description: 'Required without `freshmaker_event_id`' }),
    ...common,
    container_images: z
      .array(z.string())
      .max(MAX_IMAGES)
      .default([])
      .openapi({ description: 'NVRs; empty: all affected' }),
    force: z
      .boolean()
      .default(false)
      .openapi({ description: 'Even if another event of the advisory is running' }),
    bundle_related_image_overrides: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: 'Original NVR -> NVR to use instead' }),
  })
  .openapi('RebuildRequest')

const asyncBody = z
  .object({
    dist_git_branch: z.string(),
    container_images: z
      .array(z.string())
      .min(1)
      .max(MAX_IMAGES)
      .openapi({ description: 'Names of packages' }),
    brew_target: z.string().optional(),
    ...common,
  })
  .openapi('AsyncRebuildRequest')

const KINDS = {
  advisory: { path: 'builds', body: advisoryBody, summary: 'Rebuild the images that an advisory affects' },
  async: { path: 'async-builds', body: asyncBody, summary: 'Rebuild images by name, without an advisory' },
} as const

const MAX_KEY = 255
const WRONG_KEY = `The Idempotency-Key must have 1 to ${MAX_KEY} characters.`
const isKey = (key: string) => key.length > 0 && key.length <= MAX_KEY

const headers = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .openapi({ description: 'A repeat within a day answers with the event of the first request' }),
})

/** Both kinds in one version. The body is read whatever its Content-Type; the checks have the texts and order of the original. */
export function addRebuilds(app: Api, ctx: ApiContext, version: ApiVersion): void {
  for (const kind of ['advisory', 'async'] as const) {
    const { path, body, summary } = KINDS[kind]
    const route = createRoute({
      method: 'post',
      path: `/api/${version}/${path}/`,
      tags: ['events'],
      summary,
      request: { headers, body: { required: true, content: { 'application/json': { schema: body } } } },
      responses: {
        200: json(eventSchemas[version].full, 'The event that was opened'),
        400: json(errorSchema, 'Invalid request'),
        ...guardResponses(REBUILD_ACTIONS[kind]),
        ...tooLarge,
        422: json(errorSchema, 'The Idempotency-Key was used for another request'),
        502: json(errorSchema, 'The Errata Tool failed'),
        504: json(errorSchema, 'The Errata Tool did not answer in time'),
      },
    })
    app.openAPIRegistry.registerPath(route)
    app.post(route.path, guardChange(ctx, REBUILD_ACTIONS[kind]), async (c) => {
      let sent: unknown
      const requested = () => ({
        who: requesterOf(c, requesterIn(sent)),
        action: REBUILD_ACTIONS[kind],
        subject: requestedSubject(sent),
      })
      return auditRefusals(c, ctx, requested, async () => {
        const idempotencyKey = c.req.header('idempotency-key')
        if (idempotencyKey !== undefined && !isKey(idempotencyKey)) throw new ApiError(400, WRONG_KEY)
        sent = readJson(await readText(c))
        const request = {
          kind,
          body: sent,
          requester: requesterOf(c, requesterIn(sent)),
          origin: originOf(c),
          idempotencyKey,
        }
        const { eventId } = await openRequestedEvent(ctx, request)
        const event = await fullEventById(ctx.db.fork(), eventId)
        if (!event) throw notFound('No such event found.')
        return c.json(inVersion(version, presentFullEvent(event, c.get('caller').prefix), event), 200)
      })
    })
  }
}

/** The requester that the body names; it counts only without authentication. */
function requesterIn(sent: unknown): string | null {
  const { success, data } = z.object({ requester: z.string() }).safeParse(sent)
  return success ? data.requester : null
}
