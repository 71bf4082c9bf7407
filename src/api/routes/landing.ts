/** The landing page: describes the service and links to its parts, as HTML or JSON. */
import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { readAbout } from '../../lib/version.ts'
import type { Api, ApiContext } from '../api.ts'
import { json } from '../schemas.ts'
import { gateOverview } from './gate/about.ts'
import { landingSchema } from './gate/schemas.ts'

const LINKS = [
  {
    name: 'events',
    path: '/api/2/events/',
    title: 'Events',
    does: 'what triggered rebuilds, and the results',
  },
  { name: 'builds', path: '/api/2/builds/', title: 'Builds', does: 'all image rebuilds' },
  {
    name: 'gate',
    path: '/api/v1.0/',
    title: 'Gate',
    does: 'gating decisions and their policies',
  },
  { name: 'docs', path: '/docs/', title: 'API', does: 'documentation of all endpoints, to read and to try' },
  { name: 'openapi', path: '/openapi.json', title: 'OpenAPI', does: 'the API in machine-readable form' },
  { name: 'queues', path: '/queues', title: 'Queues', does: 'waiting and running jobs, for operators' },
  { name: 'health', path: '/health/ready', title: 'Health', does: 'whether all dependencies are reachable' },
  { name: 'metrics', path: '/metrics', title: 'Metrics', does: 'metrics for Prometheus' },
] as const

const landing = json(landingSchema, 'Links and gate configuration; browsers get an HTML page')
const route = createRoute({
  method: 'get',
  path: '/',
  tags: ['about'],
  summary: 'Description of the service, with links to its parts',
  responses: { 200: { ...landing, content: { ...landing.content, 'text/html': { schema: z.string() } } } },
})

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 40rem; margin: 10vh auto; padding: 0 1.5rem; }
  h1 { margin-bottom: 0; }
  small { font-weight: normal; opacity: .6; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem; margin-top: 2rem; }
  dd { margin: 0; }
`

/** `/`: HTML if the client accepts it, else JSON that also has the fields of the gate's landing page. */
export function addLanding(app: Api, ctx: ApiContext): void {
  const about = readAbout()
  app.openAPIRegistry.registerPath(route)
  app.get(route.path, (c) => {
    const { prefix, root } = c.get('caller')
    c.header('Vary', 'Accept')
    if (c.req.header('accept')?.includes('text/html')) return c.html(page(about, prefix))
    const links = Object.fromEntries(LINKS.map(({ name, path }) => [name, `${prefix}${path}`]))
    return c.json({ ...about, links, ...gateOverview(ctx, root) })
  })
}

function page({ name, version, description }: ReturnType<typeof readAbout>, prefix: string) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${name} <small>${version}</small></h1>
<p>${description}.</p>
<dl>
${LINKS.map(({ path, title, does }) => html`<dt><a href="${prefix}${path}">${title}</a></dt><dd>${does}</dd>\n`)}
</dl>
</body>
</html>
`
}
