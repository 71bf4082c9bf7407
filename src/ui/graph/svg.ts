/** Draws a placed graph: as SVG for the page, and as the numbers from which the canvas draws. */
import { html } from 'hono/html'
import { amount } from '../../domain/amount.ts'
import { BUILD_STATES, type BuildState } from '../../domain/rebuild/states.ts'
import { type Html, NOTHING, STATES } from '../words.ts'
import type { GraphNode } from './fold.ts'
import type { Layout, Placed } from './layout.ts'

/** The outline of each state, around its point. */
const SHAPES = {
  DONE: 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0',
  PLANNED: 'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0',
  BUILD: 'M-6-7L8 0L-6 7Z',
  FAILED: 'M0-8L8 0L0 8L-8 0Z',
  CANCELED: 'M-6-6H6V6H-6Z',
} as const satisfies Record<BuildState, string>

const MAX_LABEL = 30

/** `linkTo`: the address that shows why an image is as it is; `critical`: the builds on the critical path. */
type Look = { linkTo: (nvr: string) => string; critical: ReadonlySet<number> }

/** A graph that can be read without scripts. */
export function drawGraph({ nodes, width, height }: Layout, look: Look): Html {
  if (nodes.length === 0) return NOTHING
  return html`<svg class="graph" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="Images, each to the right of the one it is built on">
<g class="view">${nodes.map((placed) => edge(placed, nodes))}
${nodes.map((placed) => node(placed, look))}</g></svg>`
}

function edge({ x, y, parent }: Placed, nodes: readonly Placed[]): Html {
  const from = parent === null ? undefined : nodes[parent]
  if (!from) return NOTHING
  const middle = x - 40
  return html`<path class="edge" d="M${from.x} ${from.y}H${middle - 20}C${middle} ${from.y} ${middle - 20} ${y} ${middle} ${y}H${x}"/>`
}

function node({ node, x, y }: Placed, { linkTo, critical }: Look): Html {
  const { build, state } = node
  const isCritical = build !== null && critical.has(build.id)
  const shape = html`<g class="node ${state}${isCritical ? ' critical' : ''}" transform="translate(${x} ${y})"${build ? html` data-build="${build.id}"` : NOTHING}><path d="${SHAPES[state]}"/><text x="13" y="4">${labelOf(node)}</text><title>${titleOf(node)}${isCritical ? ', on the critical path' : ''}</title></g>`
  return build?.originalNvr ? html`<a href="${linkTo(build.originalNvr)}">${shape}</a>\n` : shape
}

function titleOf({ build, state, count }: GraphNode): string {
  if (!build) return `${amount(count, 'image')}: ${STATES[state].word.toLowerCase()}`
  return `${build.originalNvr ?? build.name}: ${STATES[state].word.toLowerCase()}`
}

function labelOf({ build, state, count }: GraphNode): string {
  if (!build) return `${amount(count, 'image')} ${STATES[state].word.toLowerCase()}`
  const { name } = build
  return name.length > MAX_LABEL ? `${name.slice(0, MAX_LABEL - 1)}…` : name
}

/** What the canvas draws: for each node id, place, state, parent's index (-1: none), name and NVR; and the ids on the critical path. */
export type CanvasGraph = {
  width: number
  height: number
  states: Record<string, number>
  critical: number[]
  nodes: [id: number, x: number, y: number, state: number, parent: number, name: string, nvr: string][]
}

/** The same graph without markup: ten thousand images are some hundred kilobytes. */
export function canvasGraph({ nodes, width, height }: Layout, critical: readonly number[]): CanvasGraph {
  return {
    width,
    height,
    states: BUILD_STATES,
    critical: [...critical],
    nodes: nodes.map(({ node: { build, state }, x, y, parent }) => [
      build?.id ?? -1,
      x,
      y,
      BUILD_STATES[state],
      parent ?? -1,
      build?.name ?? '',
      build?.originalNvr ?? '',
    ]),
  }
}
