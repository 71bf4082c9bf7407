/** The graph of an event's page: every image below the one it is built on; large ones are folded, or drawn on a canvas. */
import { html } from 'hono/html'
import type { EventBuild } from '../../../db/queries/pages/event-builds.ts'
import { amount } from '../../../domain/amount.ts'
import { criticalIds } from '../../graph/critical-path.ts'
import { foldForest, growForest } from '../../graph/fold.ts'
import { type Layout, layOut } from '../../graph/layout.ts'
import { drawGraph } from '../../graph/svg.ts'
import { withArguments } from '../../paging.ts'
import type { Html } from '../../words.ts'
import type { EventView } from './view.ts'

/** Drawn one by one up to here; SVG of more is slow in browsers. */
const MAX_NODES = 500

/** The part `graph`. With `view=all` all images of a large event are drawn on a canvas, which needs scripts. */
export function graphPart({ c, event, builds }: EventView): Html {
  if (builds.length === 0) return html`<p>There are no images to rebuild.</p>`
  if (c.req.query('view') === 'all' && builds.length > MAX_NODES)
    return canvas(c.get('caller').prefix, event.id)
  const roots = growForest(builds)
  const isLarge = builds.length > MAX_NODES
  const critical = new Set(criticalIds(builds))
  const layout = layOut(isLarge ? foldForest(roots, MAX_NODES, critical) : roots)
  const linkTo = (nvr: string) => `${withArguments(c, { image: nvr })}#why`
  const all = withArguments(c, { view: 'all' })
  const note = html`<p class="note">${amount(builds.length, 'image')}, of which those in one state are folded. <a href="${all}">Draw all of them</a></p>`
  return html`${isLarge ? note : ''}<div class="canvas" data-graph tabindex="0" role="region" aria-label="Graph of the images">${drawGraph(layout, { linkTo, critical })}</div>`
}

/** All nodes of an event, for the canvas. */
export function fullLayout(builds: readonly EventBuild[]): Layout {
  return layOut(growForest(builds))
}

function canvas(prefix: string, eventId: number): Html {
  return html`<p class="note">Drag to move, scroll to zoom; or arrows, + and −. The table has the same images as text.</p>
<canvas class="canvas" tabindex="0" role="img" aria-label="Graph of all images; the table has them as text" data-canvas="${prefix}/ui/events/${eventId}/graph.json">The graph of all images needs scripts.</canvas>`
}
