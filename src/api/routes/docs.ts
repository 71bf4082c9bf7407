/** The OpenAPI document, and a page to read and try it; all assets are served from here, none from other hosts. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readAbout } from '../../lib/version.ts'
import type { Api, SharedContext } from '../api.ts'
import { describeLogins } from '../auth/describe-logins.ts'

const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const

/** Without inline scripts, which the security policy forbids. All links are relative, so they work under any prefix. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Freshwave API</title>
<link rel="icon" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="api"></div>
<noscript>This page needs scripts. <a href="../openapi.json">openapi.json</a> has the same as JSON, and <a href="guide/">the book</a> explains it.</noscript>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
`
const START = `SwaggerUIBundle({ url: '../openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null })\n`

/** `/openapi.json` and `/docs/`. The document describes the routes that were added before. */
export function addDocs(app: Api, { settings }: SharedContext): void {
  const { name, version, description } = readAbout()
  const info = { title: name, version, description }
  const { env, file } = settings
  app.get('/openapi.json', (c) => {
    const { prefix } = c.get('caller')
    const servers = prefix ? { servers: [{ url: prefix }] } : {}
    const document = app.getOpenAPI31Document({ openapi: '3.1.0', info, ...servers })
    return c.json(describeLogins(document, { backend: env.AUTH_BACKEND, file }))
  })
  app.get('/docs', (c) => c.redirect(`${c.get('caller').prefix}/docs/`, 308))
  app.get('/docs/', (c) => c.html(PAGE))
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  for (const [file, type] of Object.entries(ASSETS))
    app.get(`/docs/${file}`, async (c) =>
      c.body(await readFile(join(folder, file)), 200, {
        'Content-Type': type,
        'Cache-Control': 'max-age=86400',
      }),
    )
}
