/** Draws the samples of a soak as an SVG image: one panel for each number over the minutes. */
import { KINDS, type Sample } from './sample.ts'

type Line = { name: string; values: number[] }
type Panel = { title: string; unit: string; lines: Line[] }

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [900, 170, 70, 30, 40]
const COLORS = ['#1f6feb', '#d1242f', '#1a7f37']

/** The warm-up is grey. */
export function drawChart(samples: readonly Sample[], warmUp: number): string {
  const panels = panelsOf(samples)
  const minutes = samples.map(({ minute }) => minute)
  const last = Math.max(...minutes, 1)
  const x = (minute: number) => LEFT + ((WIDTH - LEFT - 20) * minute) / last
  const height = panels.length * (HEIGHT + GAP) + TOP
  const drawn = panels.map((panel, n) => drawPanel(panel, TOP + n * (HEIGHT + GAP), minutes, x))
  const grey = `<rect x="${LEFT}" y="0" width="${x(Math.min(warmUp, last)) - LEFT}" height="${height}" fill="#eee"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>${grey}
${drawn.join('\n')}
</svg>
`
}

function panelsOf(samples: readonly Sample[]): Panel[] {
  const byKind = (read: (sample: Sample, kind: (typeof KINDS)[number]) => number) =>
    KINDS.map((kind) => ({ name: kind, values: samples.map((sample) => read(sample, kind)) }))
  const line = (name: string, read: (sample: Sample) => number) => ({ name, values: samples.map(read) })
  return [
    { title: 'memory', unit: 'MiB', lines: byKind((sample, kind) => sample.memoryMiB[kind]) },
    { title: 'open handles', unit: '', lines: byKind((sample, kind) => sample.handles[kind]) },
    { title: 'delay of the event loop, p99', unit: 'ms', lines: [line('web', ({ lagMs }) => lagMs)] },
    {
      title: 'decision over HTTP',
      unit: 'ms',
      lines: [line('p50', ({ p50Ms }) => p50Ms), line('p99', ({ p99Ms }) => p99Ms)],
    },
  ]
}

function drawPanel(
  { title, unit, lines }: Panel,
  top: number,
  minutes: number[],
  x: (minute: number) => number,
): string {
  const max = Math.max(...lines.flatMap(({ values }) => values), 1) * 1.1
  const y = (value: number) => top + HEIGHT * (1 - value / max)
  const grid = [0, 0.5, 1].map((share) => {
    const at = y(share * max)
    const label = `<text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${(share * max).toFixed(0)}</text>`
    return `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${at}" y2="${at}" stroke="#ccc"/>${label}`
  })
  const paths = lines.map(({ name, values }, n) => {
    const color = COLORS[n % COLORS.length]
    const points = values.map((value, at) => `${x(minutes[at] ?? 0).toFixed(1)},${y(value).toFixed(1)}`)
    const key = `<text x="${LEFT + 250 + 90 * n}" y="${top - 8}" fill="${color}">${name}</text>`
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.5"/>${key}`
  })
  const heading = `<text x="${LEFT}" y="${top - 8}" font-weight="bold">${title}${unit && ` (${unit})`}</text>`
  return `<g>${heading}${grid.join('')}${paths.join('')}</g>`
}
