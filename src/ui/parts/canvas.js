/** Draws all images of a large event on a canvas, where SVG would be slow: only what is in view, once for each frame. */
import { select } from 'd3-selection'
import { zoom, zoomIdentity } from 'd3-zoom'

/** @typedef {[id: number, x: number, y: number, state: number, parent: number, name: string, nvr: string]} Node */
/** @typedef {{ width: number, height: number, states: Record<string, number>, nodes: Node[] }} Graph */

const STEP = 120
const RADIUS = 7
/** Names are left out where they could not be read. */
const NAMES_FROM = 0.45

const canvas = document.querySelector('canvas[data-canvas]')
if (canvas instanceof HTMLCanvasElement) void start(canvas)

/** @param {HTMLCanvasElement} canvas */
async function start(canvas) {
  const answer = await fetch(canvas.dataset['canvas'] ?? '')
  const graph = /** @type {Graph} */ (await answer.json())
  const context = canvas.getContext('2d')
  if (!answer.ok || !context) return
  const names = new Map(Object.entries(graph.states).map(([name, id]) => [id, name]))
  const byId = new Map(graph.nodes.map((node) => [node[0], node]))
  let transform = zoomIdentity
  let isDue = false

  const due = () => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      draw(canvas, context, graph, transform, names)
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
    if (!act) return
    event.preventDefault()
    act()
  })
  canvas.addEventListener('click', (event) => {
    const [x, y] = transform.invert([event.offsetX, event.offsetY])
    const node = graph.nodes.find(
      (each) => Math.abs(each[2] - y) < RADIUS * 1.5 && x > each[1] - RADIUS && x < each[1] + 200,
    )
    if (!node) return
    const address = new URL(location.href)
    address.searchParams.set('image', node[6])
    address.hash = 'why'
    history.replaceState(null, '', address)
    document.dispatchEvent(new Event('freshwave:refresh'))
  })
  document.addEventListener('freshwave:change', (event) => {
    const { kind, data } = /** @type {CustomEvent<{ kind: string, data: { id: number, state: number } }>} */ (
      event
    ).detail
    const node = kind === 'build.state.changed' ? byId.get(data.id) : undefined
    if (!node) return
    node[3] = data.state
    due()
  })
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2D} context
 * @param {Graph} graph
 * @param {import('d3-zoom').ZoomTransform} transform
 * @param {Map<number, string>} names
 */
function draw(canvas, context, graph, transform, names) {
  const style = getComputedStyle(canvas)
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
  for (const node of graph.nodes) {
    const parent = graph.nodes[node[4]]
    if (!parent || Math.max(node[2], parent[2]) < top || Math.min(node[2], parent[2]) > bottom) continue
    context.moveTo(parent[1], parent[2])
    context.bezierCurveTo(node[1] - 40, parent[2], node[1] - 60, node[2], node[1], node[2])
  }
  context.stroke()
  const seen = graph.nodes.filter(isInView)
  for (const [id, name] of names) {
    context.fillStyle = color(`--${name}`)
    context.beginPath()
    for (const node of seen) if (node[3] === id) outline(context, name, node[1], node[2])
    context.fill()
  }
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
