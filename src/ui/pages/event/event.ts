/** One event: how far its images are, what depends on what, what happened, and why; and what may be done about it. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { releaseGates } from '../../../config/gate.ts'
import type { Context } from '../../../context.ts'
import { GRAPH_MODULES } from '../../assets.ts'
import type { ApiDoor, PageEnv } from '../../door.ts'
import { criticalIds } from '../../graph/critical-path.ts'
import { canvasGraph } from '../../graph/svg.ts'
import { type RenderPart, requestedParts, UNREPORTED_MS } from '../../live-parts.ts'
import { showPage } from '../../page.ts'
import { type Html, NOTHING } from '../../words.ts'
import { addChanges } from './changes.ts'
import { forecastPart } from './forecast-part.ts'
import { gatePart } from './gate-part.ts'
import { fullLayout, graphPart } from './graph-part.ts'
import { headPart } from './head-part.ts'
import { logPart } from './log-part.ts'
import { tablePart } from './table-part.ts'
import { type EventView, viewOf } from './view.ts'
import { whyPart } from './why-part.ts'

type Part = (view: EventView) => Html | Promise<Html>

/** Each part is an element that is fetched again when something has changed (`parts/live.js`). */
const PARTS = {
  head: headPart,
  forecast: forecastPart,
  gate: gatePart,
  graph: graphPart,
  why: whyPart,
  table: tablePart,
  log: logPart,
} as const satisfies Record<string, Part>

/** `/ui/events/:id`, with `part` one of its parts alone; and the forms for changes below it. */
export function addEvent(pages: Hono<PageEnv>, ctx: Context, door: ApiDoor): void {
  addChanges(pages, ctx, door)
  pages.get('/events/:id{[0-9]+}/graph.json', async (c) => {
    const view = await viewOf(c, ctx, door)
    return c.json(canvasGraph(fullLayout(view.builds), criticalIds(view.builds)))
  })
  pages.get('/events/:id{[0-9]+}', async (c) => {
    const view = await viewOf(c, ctx, door)
    const parts = await requestedParts(c, partsOf(view))
    if (parts) return parts
    return showPage(c, {
      title: `Advisory ${view.event.searchKey}`,
      section: 'advisories',
      body: await bodyOf(view),
      scripts: ['live.js', 'graph.js', 'canvas.js'],
      modules: GRAPH_MODULES,
    })
  })
}

function partsOf(view: EventView): Record<string, RenderPart> {
  return Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, () => part(view)]))
}

async function bodyOf(view: EventView): Promise<Html> {
  const { c, event } = view
  const stream = `${c.get('caller').prefix}/api/2/stream?event=${event.id}`
  return html`<div id="head" data-live data-stream="${stream}"${mayChangeUnreported(view) ? html` data-refresh="${UNREPORTED_MS}"` : NOTHING}>${await headPart(view)}</div>
<div id="forecast" data-live>${await forecastPart(view)}</div>
<div id="gate" data-live>${await gatePart(view)}</div>
<div class="beside">
<section aria-labelledby="graph-title"><h2 id="graph-title">Images</h2>
<div id="graph" data-live>${graphPart(view)}</div>
<div id="why" data-live aria-live="polite">${await whyPart(view)}</div></section>
<section aria-labelledby="table-title"><h2 id="table-title">Builds</h2>
<div id="table" data-live>${tablePart(view)}</div></section>
</div>
<section aria-labelledby="log-title"><h2 id="log-title">What happened</h2>
<div id="log" data-live>${await logPart(view)}</div></section>`
}

/** Whether parts change without a reported change; once an event has ended, only its decisions at release gates do. */
function mayChangeUnreported({ ctx, event }: EventView): boolean {
  return event.timeDone === null || releaseGates(ctx.settings).length > 0
}
