/** Moves and zooms the graph that the server has drawn, and shows why an image is as it is without loading the page again. */
import { select } from 'd3-selection'
import { zoom, zoomIdentity } from 'd3-zoom'
import { hasModifier } from './keys.js'
import { showWhy } from './why.js'

const FACTORS = /** @type {[number, number]} */ ([0.1, 4])
/** How far an arrow key moves, in pixels. */
const STEP = 80

/** @type {import('d3-zoom').ZoomTransform} */
let transform = zoomIdentity
const behaviour = /** @type {import('d3-zoom').ZoomBehavior<HTMLElement, unknown>} */ (zoom())
  .scaleExtent(FACTORS)
  // A wheel alone scrolls the page.
  .filter((event) => (event.type === 'wheel' ? event.ctrlKey || event.metaKey : !event.button))
  .on('zoom', (event) => {
    transform = event.transform
    draw()
  })

prepare()
document.addEventListener('freshwave:parts', prepare)
document.addEventListener('click', onClick)

function draw() {
  document.querySelector('[data-graph] .view')?.setAttribute('transform', transform.toString())
}

/** After each time the server's drawing was replaced. */
function prepare() {
  draw()
  const frame = document.querySelector('[data-graph]')
  if (!(frame instanceof HTMLElement) || frame.hasAttribute('data-ready')) return
  frame.setAttribute('data-ready', '')
  const selection = select(frame)
  selection.call(behaviour)
  // The new element begins where the one that it replaces was.
  selection.property('__zoom', transform)
  frame.addEventListener('keydown', (event) => onKey(event, selection))
}

/**
 * @param {KeyboardEvent} event
 * @param {import('d3-selection').Selection<HTMLElement, unknown, null, undefined>} frame
 */
function onKey(event, frame) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => behaviour.translateBy(frame, STEP / transform.k, 0),
    ArrowRight: () => behaviour.translateBy(frame, -STEP / transform.k, 0),
    ArrowUp: () => behaviour.translateBy(frame, 0, STEP / transform.k),
    ArrowDown: () => behaviour.translateBy(frame, 0, -STEP / transform.k),
    '+': () => behaviour.scaleBy(frame, 1.25),
    '-': () => behaviour.scaleBy(frame, 0.8),
    0: () => behaviour.transform(frame, zoomIdentity),
  }
  const act = keys[event.key]
  if (!act || event.target !== event.currentTarget || hasModifier(event)) return
  event.preventDefault()
  act()
}

/** @param {MouseEvent} event */
function onClick(event) {
  const link = event.target instanceof Element ? event.target.closest('a[href$="#why"]') : null
  if (!link || hasModifier(event) || event.shiftKey) return
  event.preventDefault()
  // In SVG `href` is not a string.
  showWhy(link.getAttribute('href') ?? '')
}
