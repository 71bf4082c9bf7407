/** The import of a Freshmaker database: how its time grows with the history, and how long a repetition takes. */
import { createTestContext } from '../../support/context.ts'
import { fillablePostgres } from '../../support/database/freshmaker-database.ts'
import { freshmakerHistory } from '../../support/database/freshmaker-history.ts'
import type { Bench, Line, Stage } from '../bench.ts'
import { startChild } from '../child.ts'
import { show } from '../statistics.ts'
import { HISTORY } from './history.ts'
import type { ImportResult } from './import-process.ts'

const SIZES = [HISTORY.events / 10, HISTORY.events]
const TARGET_S = 600

/** Source and target are two databases of one server, as in a small installation. */
export const importing: Bench = {
  name: 'import',
  explains:
    'Import of a Freshmaker database in a new process: growth with 10 times the history, up to ' +
    `${HISTORY.events.toLocaleString('en-US')} events and ${HISTORY.builds.toLocaleString('en-US')} builds, and a repetition.`,
  async run(stage) {
    const lines: Line[] = []
    let before: ImportResult | undefined
    for (const events of SIZES) {
      const from = await newFreshmaker(stage, events)
      const to = await newTarget(stage)
      const first = await importOnce(from, to)
      lines.push(
        lineOf(`${first.builds.toLocaleString('en-US')} builds`, first, before, events === HISTORY.events),
      )
      before = first
      if (events === HISTORY.events) lines.push(lineOf('the same again', await importOnce(from, to), first))
    }
    return lines
  },
}

async function newFreshmaker(stage: Stage, events: number): Promise<string> {
  const { from, insert, run, drop } = await fillablePostgres(await stage.newDatabase())
  for (const rows of freshmakerHistory({ events, names: HISTORY.names, composes: HISTORY.composes }))
    await insert(rows)
  await run('analyze')
  await drop()
  return from
}

async function newTarget(stage: Stage): Promise<string> {
  const url = await stage.newDatabase()
  const ctx = await createTestContext({ DATABASE_URL: url })
  await ctx.close()
  return url
}

async function importOnce(from: string, to: string): Promise<ImportResult> {
  const child = await startChild<ImportResult>(new URL('./import-process.ts', import.meta.url), [from, to])
  await child.stop()
  return child.report
}

function lineOf(
  what: string,
  result: ImportResult,
  before: ImportResult | undefined,
  hasTarget = false,
): Line {
  const seconds = result.ms / 1000
  return {
    what,
    measured: `${show(seconds)} s, peak RSS ${show(result.peakRssBytes / 2 ** 20)} MiB`,
    compared: before ? `x ${show(result.ms / before.ms)}` : 'x 1',
    ...(hasTarget && { target: { text: `under ${TARGET_S} s`, met: seconds < TARGET_S } }),
    raw: { ...result },
  }
}
