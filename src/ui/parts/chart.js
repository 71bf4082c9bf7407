/** Draws the durations of an image's builds; the numbers are those of the table on the page. */
import uPlot from 'uplot'

for (const element of document.querySelectorAll('[data-chart]'))
  if (element instanceof HTMLElement) draw(element)

/** @param {HTMLElement} element its `data-chart` is a list of [seconds since 1970, seconds of the build] */
function draw(element) {
  const points = /** @type {[number, number][]} */ (JSON.parse(element.dataset['chart'] ?? '[]'))
  const style = getComputedStyle(element)
  const axis = {
    stroke: style.getPropertyValue('--text'),
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
    ticks: { stroke: style.getPropertyValue('--line'), width: 1 },
  }
  const accent = style.getPropertyValue('--accent')
  new uPlot(
    {
      width: element.clientWidth,
      height: 220,
      legend: { show: false },
      scales: { y: { range: (_chart, _min, max) => [0, max * 1.1] } },
      axes: [
        axis,
        { ...axis, values: (_chart, values) => values.map((minutes) => `${minutes} min`), size: 60 },
      ],
      series: [
        {},
        { label: 'minutes', stroke: accent, width: 2, points: { show: true, size: 6, fill: accent } },
      ],
    },
    [points.map(([at]) => at), points.map(([, seconds]) => seconds / 60)],
    element,
  )
}
