/** The pullspec overrides of a bundle build, which the build system fetches without authentication (behaviour/freshmaker 3.2). */
import { createRoute, z } from '@hono/zod-openapi'
import { pullspecOverrides } from '../../db/queries/records/build-rows.ts'
import { readJson } from '../../present/columns.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { notFound } from '../errors.ts'
import { idInPath } from '../lists/arguments.ts'
import { errorSchema, json } from '../schemas.ts'

const overridesSchema = z
  .unknown()
  .openapi({ type: ['object', 'null'], additionalProperties: true, description: 'As stored; null if unset' })

/** `/pullspec_overrides/{id}`. */
export function addPullspecOverrides(app: Api, ctx: ApiContext, version: ApiVersion): void {
  const route = createRoute({
    method: 'get',
    path: `/api/${version}/pullspec_overrides/{id}`,
    tags: ['builds'],
    summary: 'Pullspec overrides of a bundle build',
    request: { params: idInPath },
    responses: { 200: json(overridesSchema, 'The overrides'), 404: json(errorSchema, 'No such build') },
  })
  app.openapi(route, async (c) => {
    const overrides = await pullspecOverrides(ctx.db.fork(), c.req.valid('param').id)
    if (overrides === undefined) throw notFound('No such bundle build')
    return c.json(readJson(overrides), 200)
  })
}
