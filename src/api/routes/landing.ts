/** The first page: what this is and where to go from here, for people and for programs. */
import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { readAbout } from '../../lib/version.ts'
import type { Api, ApiContext } from '../api.ts'
import { json } from '../schemas.ts'
import { gateOverview } from './gate/about.ts'
import { landingSchema } from './gate/schemas.ts'

const LINKS = [
  { name: 'events', path: '/api/2/events/', title: 'Events', does: 'what set rebuilds off, and how it went' },
  { name: 'builds', path: '/api/2/builds/', title: 'Builds', does: 'every image that was rebuilt' },
  {
    name: 'gate',
    path: '/api/v1.0/',
    title: 'Gate',
    does: 'whether an artifact may pass, and by which policies',
  },
  { name: 'docs', path: '/docs/', title: 'API', does: 'every endpoint, to read and to try' },
  { name: 'openapi', path: '/openapi.json', title: 'OpenAPI', does: 'the same for programs' },
  { name: 'queues', path: '/queues', title: 'Queues', does: 'what is waiting and running; for operators' },
  { name: 'health', path: '/health/ready', title: 'Health', does: 'whether everything can be reached' },
  { name: 'metrics', path: '/metrics', title: 'Metrics', does: 'numbers for Prometheus' },
] as const

const landing = json(landingSchema, 'What programs are told; people get a page')
const route = createRoute({
  method: 'get',
  path: '/',
  tags: ['about'],
  summary: 'What this is and where everything is',
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

/** `/`: a page if the client asks for HTML, else JSON, with what the first page of the gate has always told. */
export function addLanding(app: Api, ctx: ApiContext): void {
  const about = readAbout()
  app.openAPIRegistry.registerPath(route)
  app.get(route.path, (c) => {
    const { prefix, root } = c.get('client')
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
