/** The version of the service, and how callers authenticate (behaviour/freshmaker 3.2). */
import { createRoute, z } from '@hono/zod-openapi'
import { readAbout } from '../../lib/version.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { json } from '../schemas.ts'

const aboutSchema = z
  .object({ auth_backend: z.string().openapi({ example: 'kerberos' }), version: z.string() })
  .openapi('About')

/** `/about/`. */
export function addAbout(app: Api, ctx: ApiContext, version: ApiVersion): void {
  const about = { auth_backend: ctx.settings.env.AUTH_BACKEND, version: readAbout().version }
  const route = createRoute({
    method: 'get',
    path: `/api/${version}/about/`,
    tags: ['about'],
    summary: 'Version and authentication',
    responses: { 200: json(aboutSchema, 'Version and authentication backend') },
  })
  app.openapi(route, (c) => c.json(about, 200))
}
