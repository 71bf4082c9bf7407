/** Why each image that was considered for an event is rebuilt or not: `/api/2/events/{id}/why`. */
import { createRoute, z } from '@hono/zod-openapi'
import { consideredByIds, listConsidered } from '../../db/queries/records/considered-list.ts'
import { eventExists } from '../../db/queries/records/event-rows.ts'
import type { Api, ApiContext } from '../api.ts'
import { notFound } from '../errors.ts'
import { idInPath, single, text } from '../lists/arguments.ts'
import { listAnswer } from '../lists/list-answer.ts'
import { errorSchema, json, objectSchema, pageOf, pagingQuery } from '../schemas.ts'

const reasonSchema = z
  .object({
    nvr: z.string().openapi({ example: 'httpd-container-2.4-1' }),
    outcome: z.enum(['rebuild', 'not-rebuilt']),
    rule: z.string().openapi({ description: 'Name of the deciding rule', example: 'rpm-version' }),
    reason: z.string().openapi({ description: 'A sentence with the compared values' }),
    details: objectSchema.nullable(),
  })
  .openapi('Reason')

const route = createRoute({
  method: 'get',
  path: '/api/2/events/{id}/why',
  tags: ['events'],
  summary: 'The reasons for all images that were considered',
  request: {
    params: idInPath,
    query: z.object({
      ...pagingQuery,
      image: single(text).openapi({ type: 'string', description: 'NVR of an image' }),
      outcome: single(text).openapi({ type: 'string', enum: ['rebuild', 'not-rebuilt'] }),
    }),
  },
  responses: {
    200: json(pageOf(reasonSchema), 'A page of reasons'),
    404: json(errorSchema, 'No such event'),
  },
})

/** Only in version 2, because the original has no such endpoint. */
export function addWhy(app: Api, ctx: ApiContext): void {
  app.openapi(route, async (c) => {
    const em = ctx.db.fork()
    const { id } = c.req.valid('param')
    if (!(await eventExists(em, id))) throw notFound('No such event found.')
    const { image, outcome } = c.req.valid('query')
    const answer = await listAnswer(
      c,
      ctx.settings.file.api_max_per_page,
      (window) => listConsidered(em, id, { nvr: image, outcome }, window),
      (ids) => consideredByIds(em, ids),
    )
    return c.json(answer, 200)
  })
}
