/** Shows how far an import is: a bar on a terminal, else a line for each tenth of a table. */
import type { ImportedTable } from '../../domain/import/rows.ts'
import { createLiveLines, type Screen } from '../../lib/terminal/live-lines.ts'

type Progress = { table: ImportedTable; done: number; total: number }

const BAR_WIDTH = 30
const NAME_WIDTH = 24
const STEPS = 10

/** `show` takes what `importFreshmaker` reports; `end` removes the bar. */
export function createProgress(
  screen: Screen,
  { isLive }: { isLive: boolean },
): { show(progress: Progress): void; end(): void } {
  return isLive ? createBar(screen) : createLines(screen)
}

/** One bar, drawn over and over, and removed at the end: the report has the numbers. */
function createBar(screen: Screen) {
  const draw = createLiveLines(screen)
  return {
    show: (progress: Progress) => {
      const filled = Math.round(shareOf(progress) * BAR_WIDTH)
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
      draw([`${progress.table.padEnd(NAME_WIDTH)} ${bar} ${numbersOf(progress)}`])
    },
    end: () => draw(['']),
  }
}

function createLines(screen: Screen) {
  let shown = ''
  return {
    show: (progress: Progress) => {
      const step = Math.floor(shareOf(progress) * STEPS)
      const name = `${progress.table} ${step}`
      if (name === shown) return
      shown = name
      screen.write(`${progress.table}: ${numbersOf(progress)}\n`)
    },
    end: () => undefined,
  }
}

function shareOf({ done, total }: Progress): number {
  return total === 0 ? 1 : done / total
}

function numbersOf({ done, total }: Progress): string {
  return `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
}
