/** The files that browsers load for the pages: an allow-list, all from this server, and the import map that names them. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hono } from 'hono'
import { etag } from 'hono/etag'
import { keysOf } from '../domain/keys-of.ts'
import type { PageEnv } from './door.ts'

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'

/** Our own scripts, in `parts`. */
const SCRIPTS = [
  'page.js',
  'keys.js',
  'search-key.js',
  'times.js',
  'live.js',
  'pause.js',
  'replace.js',
  'why.js',
  'graph.js',
  'canvas.js',
  'chart.js',
] as const

/** Our own style sheets, in `parts`. Later rules win. A page is not painted before it has all of them, so they are one file. */
const STYLES = ['style.css', 'tables.css', 'graph.css', 'narrow.css'] as const

/** The name of that file. */
export const STYLE_SHEET = 'pages.css'

/** One module file of each package, by the name under which modules import it. */
const MODULES = {
  'd3-color': 'd3-color/dist/d3-color.min.mjs',
  'd3-dispatch': 'd3-dispatch/dist/d3-dispatch.min.mjs',
  'd3-drag': 'd3-drag/dist/d3-drag.min.mjs',
  'd3-ease': 'd3-ease/dist/d3-ease.min.mjs',
  'd3-interpolate': 'd3-interpolate/dist/d3-interpolate.min.mjs',
  'd3-selection': 'd3-selection/dist/d3-selection.min.mjs',
  'd3-timer': 'd3-timer/dist/d3-timer.min.mjs',
  'd3-transition': 'd3-transition/dist/d3-transition.min.mjs',
  'd3-zoom': 'd3-zoom/dist/d3-zoom.min.mjs',
  uplot: 'uplot/dist/uPlot.esm.js',
} as const

/** A package for the browser. */
export type ModuleName = keyof typeof MODULES

/** All modules that `graph.js` and `canvas.js` end up loading: as the page names them, browsers do not discover them file by file. */
export const GRAPH_MODULES = keysOf(MODULES).filter((name) => name.startsWith('d3-'))

/** Palettes, letters and links: the book has them too. */
const BASE_STYLE = fileURLToPath(new URL('../present/base.css', import.meta.url))
const PARTS_FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'parts')

/** The import map below a prefix; browsers accept it inline only with its hash in the policy. */
export function importMap(prefix: string): string {
  const imports = Object.keys(MODULES).map((name) => [name, `${prefix}/ui/assets/${name}.mjs`])
  return JSON.stringify({ imports: Object.fromEntries(imports) })
}

/** The policy of the pages: nothing inline, nothing from another host. */
export function contentPolicy(prefix: string): string {
  const hash = createHash('sha256').update(importMap(prefix)).digest('base64')
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** `/ui/assets/*`: each file of the tables above, and no other. */
export function addAssets(pages: Hono<PageEnv>): void {
  pages.use('/assets/*', etag())
  const serve = (name: string, type: string, files: readonly string[], cache: string) =>
    pages.get(`/assets/${name}`, async (c) => {
      const content = await Promise.all(files.map((file) => readFile(file, 'utf8')))
      return c.body(content.join(''), 200, { 'Content-Type': type, 'Cache-Control': cache })
    })
  const ours = (name: string) => join(PARTS_FOLDER, name)
  for (const name of SCRIPTS) serve(name, SCRIPT, [ours(name)], 'no-cache')
  serve(STYLE_SHEET, STYLE, [BASE_STYLE, ...STYLES.map(ours)], 'no-cache')
  for (const [name, file] of Object.entries(MODULES))
    serve(`${name}.mjs`, SCRIPT, [packageFile(file)], 'max-age=86400')
  serve('uplot.css', STYLE, [packageFile('uplot/dist/uPlot.min.css')], 'max-age=86400')
}

/** Found from the package's folder, since packages do not export these files by name. */
function packageFile(path: string): string {
  const [name = '', ...rest] = path.split('/')
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  const found = folders.find((folder) => existsSync(join(folder, name)))
  if (!found) throw new Error(`The package ${name} is not installed.`)
  return join(found, name, ...rest)
}
