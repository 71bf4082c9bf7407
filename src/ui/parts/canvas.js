/** Draws all images of a large event on a canvas, where SVG would be slow: only what is in view, once for each frame; the critical path is framed. */
import { select } from 'd3-selection'
import { zoom, zoomIdentity } from 'd3-zoom'
import { hasModifier } from './keys.js'
import { pauseAfter } from './pause.js'
import { showWhy } from './why.js'

/** @typedef {[id: number, x: number, y: number, state: number, parent: number, name: string, nvr: string]} Node */
/** @typedef {{ width: number, height: number, states: Record<string, number>, critical: number[], nodes: Node[] }} Graph */

const STEP = 120
/** The min pause between two fetches of the graph, and before another attempt. */
const PAUSE_MS = 1000
const RETRY_MS = 5000
/** Children hang on one line left of them, which a line from their parent meets. */
const TRUNK = 40
const STUB = 30
const RADIUS = 7
/** Names are left out where they could not be read. */
const NAMES_FROM = 0.45

const canvas = document.querySelector('canvas[data-canvas]')
const context = canvas instanceof HTMLCanvasElement && canvas.getContext('2d')
if (canvas instanceof HTMLCanvasElement && context) start(canvas, context)

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2D} context
 */
function start(canvas, context) {
  const style = getComputedStyle(canvas) // follows the color scheme by itself
  /** @type {Drawing | undefined} */
  let drawing
  let transform = zoomIdentity
  let isDue = false
  /** @type {'idle' | 'fetching' | 'pausing'} */
  let loading = 'idle'
  let isStale = false

  const load = async () => {
    isStale = loading !== 'idle'
    if (isStale) return
    loading = 'fetching'
    const began = performance.now()
    const graph = await fetchGraph(canvas.dataset['canvas'] ?? '')
    const tookMs = performance.now() - began
    loading = 'pausing'
    if (graph) {
      drawing = drawingOf(graph, style)
      due()
    }
    const again = () => {
      loading = 'idle'
      if (!graph || isStale) void load()
    }
    setTimeout(again, pauseAfter(tookMs, graph ? PAUSE_MS : RETRY_MS))
  }
  const due = () => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      if (!drawing) return
      draw(canvas, context, drawing, transform)
      canvas.dataset['frames'] = String(Number(canvas.dataset['frames'] ?? 0) + 1)
    })
  }
  const behaviour = /** @type {import('d3-zoom').ZoomBehavior<HTMLCanvasElement, unknown>} */ (zoom())
    .scaleExtent([0.02, 4])
    .on('zoom', (event) => {
      transform = event.transform
      due()
    })
  const selection = select(canvas)
  selection.call(behaviour)
  const fit = () => {
    canvas.width = canvas.clientWidth * devicePixelRatio
    canvas.height = canvas.clientHeight * devicePixelRatio
    due()
  }
  new ResizeObserver(fit).observe(canvas)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', due)
  canvas.addEventListener('keydown', (event) => {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => behaviour.translateBy(selection, STEP / transform.k, 0),
      ArrowRight: () => behaviour.translateBy(selection, -STEP / transform.k, 0),
      ArrowUp: () => behaviour.translateBy(selection, 0, STEP / transform.k),
      ArrowDown: () => behaviour.translateBy(selection, 0, -STEP / transform.k),
      '+': () => behaviour.scaleBy(selection, 1.25),
      '-': () => behaviour.scaleBy(selection, 0.8),
    }
    const act = keys[event.key]
    if (!act || hasModifier(event)) return
    event.preventDefault()
    act()
  })
  canvas.addEventListener('click', (event) => {
    const [x, y] = transform.invert([event.offsetX, event.offsetY])
    const node = drawing?.graph.nodes.find(
      (each) => Math.abs(each[2] - y) < RADIUS * 1.5 && x > each[1] - RADIUS && x < each[1] + 200,
    )
    if (!node?.[6]) return
    const address = new URL(location.href)
    address.searchParams.set('image', node[6])
    address.hash = 'why'
    showWhy(address)
  })
  document.addEventListener('freshwave:change', (event) => {
    const { kind, data } = /** @type {CustomEvent<{ kind: string, data: { id: number, state: number } }>} */ (
      event
    ).detail
    if (kind !== 'build.state.changed') return
    const node = drawing?.byId.get(data.id)
    if (!node) return void load() // it was planned meanwhile
    if (loading === 'fetching') isStale = true
    node[3] = data.state
    due()
  })
  // What changed while the connection was lost was not reported.
  document.addEventListener('freshwave:connected', load)
  void load()
}

/**
 * @param {string} address
 * @returns {Promise<Graph | undefined>}
 */
async function fetchGraph(address) {
  try {
    const answer = await fetch(address)
    return answer.ok ? await answer.json() : undefined
  } catch {
    return undefined
  }
}

/**
 * @param {Graph} graph
 * @param {CSSStyleDeclaration} style
 * @returns {Drawing}
 */
function drawingOf(graph, style) {
  return {
    graph,
    style,
    names: new Map(Object.entries(graph.states).map(([name, id]) => [id, name])),
    byId: new Map(graph.nodes.map((node) => [node[0], node])),
    trunks: trunksOf(graph.nodes),
    critical: new Set(graph.critical),
  }
}

/** @typedef {{ x: number, y: number, from: number, to: number }} Trunk */

/**
 * One vertical line for each parent, over all its children: as many lines as parents, however many children.
 * @param {Node[]} nodes
 */
function trunksOf(nodes) {
  /** @type {Map<number, Trunk>} */
  const trunks = new Map()
  for (const [, x, y, , parentIndex] of nodes) {
    const parent = nodes[parentIndex]
    if (!parent) continue
    const trunk = trunks.get(parentIndex) ?? { x: x - TRUNK, y: parent[2], from: parent[2], to: parent[2] }
    trunk.from = Math.min(trunk.from, y)
    trunk.to = Math.max(trunk.to, y)
    trunks.set(parentIndex, trunk)
  }
  return [...trunks.values()]
}

/** @typedef {{ graph: Graph, trunks: Trunk[], critical: Set<number>, names: Map<number, string>, byId: Map<number, Node>, style: CSSStyleDeclaration }} Drawing */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} drawing
 * @param {import('d3-zoom').ZoomTransform} transform
 */
function draw(canvas, context, { graph, trunks, critical, names, style }, transform) {
  const color = (/** @type {string} */ name) => style.getPropertyValue(name)
  const { x, y, k } = transform
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight)
  context.translate(x, y)
  context.scale(k, k)
  const [left, top] = transform.invert([-260 * k, -40])
  const [right, bottom] = transform.invert([canvas.clientWidth, canvas.clientHeight + 40])
  const isInView = (/** @type {Node} */ node) =>
    node[1] >= left && node[1] <= right && node[2] >= top && node[2] <= bottom
  context.strokeStyle = color('--line')
  context.lineWidth = 1 / k
  context.beginPath()
  for (const { x: at, y, from, to } of trunks) {
    if (at < left || at > right || to < top || from > bottom) continue
    context.moveTo(at - STUB, y)
    context.lineTo(at, y)
    context.moveTo(at, Math.max(from, top))
    context.lineTo(at, Math.min(to, bottom))
  }
  const seen = graph.nodes.filter(isInView)
  for (const node of seen) {
    if (node[4] < 0) continue
    context.moveTo(node[1] - TRUNK, node[2])
    context.lineTo(node[1], node[2])
  }
  context.stroke()
  for (const [id, name] of names) {
    context.fillStyle = color(`--${name}`)
    context.beginPath()
    for (const node of seen) if (node[3] === id) outline(context, name, node[1], node[2])
    context.fill()
  }
  context.strokeStyle = color('--text')
  context.lineWidth = Math.max(3, 2 / k) // as wide from afar, where a point is less than a pixel
  context.beginPath()
  for (const node of seen)
    if (critical.has(node[0])) outline(context, names.get(node[3]) ?? '', node[1], node[2])
  context.stroke()
  if (k < NAMES_FROM) return
  context.fillStyle = color('--text')
  context.font = '13px system-ui, sans-serif'
  for (const node of seen) context.fillText(node[5].slice(0, 30), node[1] + 13, node[2] + 4)
}

/**
 * The shapes of the server's drawing.
 * @param {CanvasRenderingContext2D} context
 * @param {string} state
 * @param {number} x
 * @param {number} y
 */
function outline(context, state, x, y) {
  if (state === 'FAILED') polygon(context, [x, y - 8, x + 8, y, x, y + 8, x - 8, y])
  else if (state === 'BUILD') polygon(context, [x - 6, y - 7, x + 8, y, x - 6, y + 7])
  else if (state === 'CANCELED') context.rect(x - 6, y - 6, 12, 12)
  else {
    context.moveTo(x + RADIUS, y)
    context.arc(x, y, state === 'DONE' ? RADIUS : RADIUS - 2, 0, 2 * Math.PI)
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} points
 */
function polygon(context, points) {
  context.moveTo(points[0] ?? 0, points[1] ?? 0)
  for (let at = 2; at < points.length; at += 2) context.lineTo(points[at] ?? 0, points[at + 1] ?? 0)
  context.closePath()
}
