/** The root: describes the service and links to its parts for clients, and sends browsers to the pages. */
import { createRoute } from '@hono/zod-openapi'
import { readAbout } from '../../lib/version.ts'
import type { Api, ApiContext } from '../api.ts'
import { BOOK_ROOT } from '../book/serve.ts'
import { PAGES_ROOT } from '../pages.ts'
import { json } from '../schemas.ts'
import { gateOverview } from './gate/about.ts'
import { landingSchema } from './gate/schemas.ts'

/** The parts of the service, by the names of their links. */
const LINKS = {
  pages: PAGES_ROOT,
  events: '/api/2/events/',
  builds: '/api/2/builds/',
  gate: '/api/v1.0/',
  docs: '/docs/',
  guide: BOOK_ROOT,
  openapi: '/openapi.json',
  queues: '/queues',
  health: '/health/ready',
  metrics: '/metrics',
} as const

const route = createRoute({
  method: 'get',
  path: '/',
  tags: ['about'],
  summary: 'Description of the service, with links to its parts',
  responses: {
    200: json(landingSchema, 'Links and gate configuration'),
    302: { description: 'Redirect to the pages, for browsers' },
  },
})

/** `/`: browsers are sent to the pages; clients get JSON that also has the fields of the gate's landing page. */
export function addLanding(app: Api, ctx: ApiContext): void {
  const about = readAbout()
  app.openAPIRegistry.registerPath(route)
  app.get(route.path, (c) => {
    const { prefix, root } = c.get('caller')
    c.header('Vary', 'Accept')
    if (c.req.header('accept')?.includes('text/html')) return c.redirect(`${prefix}${PAGES_ROOT}`, 302)
    const links = Object.fromEntries(Object.entries(LINKS).map(([name, path]) => [name, `${prefix}${path}`]))
    return c.json({ ...about, links, ...gateOverview(ctx, root) })
  })
}
