/** Shipped advisories without an event: `GET /api/2/advisories/missed` (decision 0028). */
import { createRoute, z } from '@hono/zod-openapi'
import { missedAdvisories } from '../../../commands/missed-advisories.ts'
import { withinPatience } from '../../../lib/async/caller-patience.ts'
import { presentDateOrNull } from '../../../present/columns.ts'
import type { Api, ApiContext } from '../../api.ts'
import { requires } from '../../auth/requires.ts'
import { instant, single } from '../../lists/arguments.ts'
import { errorSchema, guardResponses, json } from '../../schemas.ts'

const DEFAULT_SPAN_MS = 7 * 86_400_000
/** Of the minute that a request waits for a service: the last page that is begun may take the rest. */
const SEARCH_MS = 30_000

const missedSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.int(),
        name: z.string(),
        content_types: z.array(z.string()),
        security_impact: z.string(),
        shipped: z.string().nullable().openapi({ description: 'null: the Errata Tool does not know when' }),
      }),
    ),
    searched: z
      .int()
      .openapi({ description: 'Shipped advisories that were looked at, those with the highest ids' }),
    complete: z
      .boolean()
      .openapi({ description: 'Whether those are all that ever shipped, and all could be read' }),
  })
  .openapi('MissedAdvisories')

/** Adds the route, in version 2 only because the original has no such endpoint. */
export function addMissedAdvisories(app: Api, ctx: ApiContext): void {
  const route = createRoute({
    method: 'get',
    path: '/api/2/advisories/missed',
    tags: ['operate'],
    summary: 'Advisories that have shipped and have no event, although something here would rebuild for them',
    description:
      'Requests for some of the images, or from before the advisory shipped, do not count as its event.',
    middleware: requires('read-missed-advisories'),
    request: {
      query: z.object({
        since: single(instant('since', ctx.now)).openapi({
          type: 'string',
          default: '7d',
          description: 'ISO 8601, or 7d for 7 days ago',
        }),
      }),
    },
    responses: {
      200: json(missedSchema, 'The advisories'),
      400: json(errorSchema, 'Invalid argument'),
      ...guardResponses('read-missed-advisories'),
      502: json(errorSchema, 'The Errata Tool failed'),
      504: json(errorSchema, 'The Errata Tool did not answer in time'),
    },
  })
  app.openapi(route, async (c) => {
    const since = c.req.valid('query').since ?? new Date(ctx.now().getTime() - DEFAULT_SPAN_MS)
    const search = missedAdvisories(ctx, since, { maxMs: SEARCH_MS })
    const { items, searched, complete } = await withinPatience('errata', search)
    const shown = items.map(({ id, name, contentTypes, securityImpact, shippedAt }) => ({
      id,
      name,
      content_types: contentTypes,
      security_impact: securityImpact,
      shipped: presentDateOrNull(shippedAt),
    }))
    return c.json({ items: shown, searched, complete }, 200)
  })
}
