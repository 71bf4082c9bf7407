/** What traces cost: warm decisions with every one of them traced, against the same gate without an exporter. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { processorMs } from '../support/processor-time.ts'
import type { Bench, Line } from './bench.ts'
import { type Child, startPart } from './child.ts'
import { bodiesOf, sendAll, startGate, startLab, WARM, writePolicies } from './decisions.ts'
import { median, show } from './statistics.ts'

/** Off and on take turns, so that other work on the machine meets both. */
const TURNS = 15
const PER_TURN = 2000
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
    const measure = async ({ report: gate, pid }: Child<string>): Promise<Turn> => {
      const pool = new Pool(gate, { connections: WARM.clients })
      const before = processorMs(pid)
      const { ms } = await sendAll(pool, bodies, WARM.clients)
      const cpuMs = processorMs(pid) - before
      await pool.close()
      return { perSecond: (bodies.length * 1000) / ms, cpuMs: cpuMs / bodies.length }
    }
    for (const gate of Object.values(gates)) await measure(gate) // the first runs warm the code up
    const turns: Turns[] = []
    for (let turn = 0; turn < TURNS; turn += 1)
      turns.push({ off: await measure(gates.off), on: await measure(gates.on) })
    const spans = Number(await (await fetch(sink)).text())
    return [costLine(turns), rateLine(turns, spans / ((TURNS + 1) * PER_TURN))]
  },
}

type Turn = { perSecond: number; cpuMs: number }
type Turns = { off: Turn; on: Turn }

function costLine(turns: readonly Turns[]): Line {
  const off = median(turns.map((turn) => turn.off.cpuMs))
  const on = median(turns.map((turn) => turn.on.cpuMs))
  const share = median(turns.map((turn) => turn.on.cpuMs / turn.off.cpuMs))
  return {
    what: 'processor time of a warm decision, all traced',
    measured: `${show(on * 1000)} µs`,
    compared: `x ${show(share)} of ${show(off * 1000)} µs`,
    target: { text: `at most ${show(1 + MOST_COST)}`, met: share <= 1 + MOST_COST },
    raw: { onCpuMs: on, offCpuMs: off, share },
  }
}

function rateLine(turns: readonly Turns[], spansPerDecision: number): Line {
  const off = median(turns.map((turn) => turn.off.perSecond))
  const on = median(turns.map((turn) => turn.on.perSecond))
  const share = median(turns.map((turn) => turn.on.perSecond / turn.off.perSecond))
  return {
    what: 'warm decisions, all traced',
    measured: `${show(on)}/s, ${show(spansPerDecision)} spans each`,
    compared: `x ${show(share)} of ${show(off)}/s`,
    target: { text: `at least ${show(1 - MOST_COST)}`, met: share >= 1 - MOST_COST },
    raw: { onPerSecond: on, offPerSecond: off, share, spansPerDecision },
  }
}
