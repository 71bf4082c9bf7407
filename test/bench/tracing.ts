/** What traces cost: warm decisions with every one of them traced, against the same gate without an exporter. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import type { Bench, Line } from './bench.ts'
import { startPart } from './child.ts'
import { bodiesOf, sendAll, startGate, startLab, WARM, writePolicies } from './decisions.ts'
import { median, show } from './statistics.ts'

/** Off and on take turns, so that other work on the machine meets both. */
const TURNS = 9
const PER_TURN = 6000
const MOST_COST = 0.1

/** Two gates in processes of their own, and a collector that throws away what it gets. */
export const tracing: Bench = {
  name: 'tracing',
  explains:
    'Warm decisions per second with all of them traced, as a share of the same without; off and on in turns.',
  async run(stage) {
    const folder = stage.keep(mkdtempSync(join(tmpdir(), 'freshwave-bench-')), (path) =>
      rmSync(path, { recursive: true }),
    )
    writePolicies(folder)
    const lab = await startLab(stage, 0)
    const sink = stage.keep(await startPart<string>('trace-sink'), ({ stop }) => stop()).report
    const gates = {
      off: await startGate(stage, lab, folder, 600),
      on: await startGate(stage, lab, folder, 600, { OTEL_EXPORTER_OTLP_ENDPOINT: sink }),
    }
    const bodies = bodiesOf({ ...WARM, requests: PER_TURN })
    const perSecond = async (gate: string) => {
      const pool = new Pool(gate, { connections: WARM.clients })
      const { ms } = await sendAll(pool, bodies, WARM.clients)
      await pool.close()
      return (bodies.length * 1000) / ms
    }
    await perSecond(gates.off) // the first runs warm the code up
    await perSecond(gates.on)
    const turns: { off: number; on: number }[] = []
    for (let turn = 0; turn < TURNS; turn += 1)
      turns.push({ off: await perSecond(gates.off), on: await perSecond(gates.on) })
    return [lineOf(turns, Number(await (await fetch(sink)).text()) / ((TURNS + 1) * PER_TURN))]
  },
}

function lineOf(turns: readonly { off: number; on: number }[], spansPerDecision: number): Line {
  const off = median(turns.map((turn) => turn.off))
  const on = median(turns.map((turn) => turn.on))
  const share = median(turns.map((turn) => turn.on / turn.off))
  return {
    what: 'warm decisions, all traced',
    measured: `${show(on)}/s, ${show(spansPerDecision)} spans each`,
    compared: `x ${show(share)} of ${show(off)}/s`,
    target: { text: `at most ${MOST_COST * 100} % slower`, met: share >= 1 - MOST_COST },
    raw: { onPerSecond: on, offPerSecond: off, share, spansPerDecision },
  }
}
