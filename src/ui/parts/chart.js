/** Draws the durations of an image's builds; the numbers are those of the table on the page. */
import uPlot from 'uplot'

const HEIGHT = 220
const FONT = '12px system-ui, sans-serif'
const DAY_S = 86_400
/** What durations are shown in: the largest unit of which the longest is at least two. */
const UNITS = /** @type {const} */ ([
  ['h', 3600],
  ['min', 60],
  ['s', 1],
])

const { language } = navigator
const number = new Intl.NumberFormat(language)
const clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' })
const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
const year = new Intl.DateTimeFormat(language, { year: 'numeric' })

for (const element of document.querySelectorAll('[data-chart]'))
  if (element instanceof HTMLElement) draw(element)

/** @param {HTMLElement} element its `data-chart` is a list of [seconds since 1970, seconds of the build] */
function draw(element) {
  const points = /** @type {[number, number][]} */ (JSON.parse(element.dataset['chart'] ?? '[]'))
  const style = getComputedStyle(element) // follows the color scheme by itself
  const color = (/** @type {string} */ name) => () => style.getPropertyValue(name)
  const axis = {
    font: FONT,
    stroke: color('--text'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
  }
  const accent = color('--accent')
  const longest = Math.max(...points.map(([, seconds]) => seconds))
  const [unit, size] = UNITS.find(([, unitS]) => longest >= 2 * unitS) ?? ['s', 1]
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      scales: { y: { range: (_chart, _min, max) => [0, (max || 1) * 1.1] } },
      axes: [
        { ...axis, space: 70, values: (_chart, splits, _axis, _space, step) => dates(splits, step) },
        {
          ...axis,
          values: (_chart, values) => values.map((value) => `${number.format(value)} ${unit}`),
          size: widthOf,
        },
      ],
      series: [{}, { label: unit, stroke: accent, width: 2, points: { show: true, size: 6, fill: accent } }],
    },
    [points.map(([at]) => at), points.map(([, seconds]) => seconds / size)],
    element,
  )
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.redraw())
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element)
}

/**
 * In the reader's language and zone: days with the year below, or times with the day below, which are written where they change.
 * @param {readonly number[]} splits seconds since 1970
 * @param {number} step between two of them
 */
function dates(splits, step) {
  const [upper, lower] = step < DAY_S ? [clock, day] : [day, year]
  let written = ''
  return splits.map((at) => {
    const date = new Date(at * 1000)
    const below = lower.format(date)
    const isNew = below !== written
    written = below
    return isNew ? `${upper.format(date)}\n${below}` : upper.format(date)
  })
}

/**
 * What the labels need: a fixed width cuts longer ones off.
 * @param {uPlot} chart
 * @param {string[]} labels null until there are any
 * @param {number} index of the axis
 */
function widthOf(chart, labels, index) {
  const axis = chart.axes[index]
  const { ctx } = chart
  ctx.save()
  ctx.font = FONT // in CSS pixels, whatever those of the screen are
  const widest = Math.max(0, ...(labels ?? []).map((label) => ctx.measureText(label).width))
  ctx.restore()
  return Math.ceil(widest) + (axis?.ticks?.size ?? 0) + (axis?.gap ?? 0) + 2
}
