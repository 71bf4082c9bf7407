/** The cost of traces: warm decisions, all of them traced, compared with the same gate without an exporter. */
import type { Bench, Line } from '../bench.ts'
import { startPart } from '../child.ts'
import { show } from '../statistics.ts'
import { bodiesOf, startGate, startLab, WARM, writePolicies } from './decisions.ts'
import { medianOf, type Turns, takeTurns } from './turns.ts'

const TURNS = 15
const PER_TURN = 10_000
const MAX_COST = 0.1

/** Two gates in separate processes, and a collector that discards the spans. */
export const tracing: Bench = {
  name: 'tracing',
  explains:
    'Warm decisions per second with all of them traced, as a share of the same without; off and on in turns.',
  async run(stage) {
    const folder = stage.newFolder()
    writePolicies(folder)
    const lab = await startLab(stage, 0)
    const sink = stage.keep(await startPart<string>('trace-sink'), ({ stop }) => stop()).report
    const options = { folder, cacheSeconds: 600 }
    const off = await startGate(stage, lab, options)
    const on = await startGate(stage, lab, { ...options, env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink } })
    const servers = { left: { url: off.report, pid: off.pid }, right: { url: on.report, pid: on.pid } }
    const bodies = bodiesOf({ ...WARM, requests: PER_TURN })
    const turns = await takeTurns(servers, bodies, { turns: TURNS, clients: WARM.clients })
    const spans = Number(await (await fetch(sink)).text())
    return [costLine(turns), rateLine(turns, spans / ((TURNS + 1) * PER_TURN))]
  },
}

/** `left` is without an exporter, `right` with one. */
function costLine(turns: Turns): Line {
  const off = medianOf(turns, ({ left }) => left.cpuMs)
  const on = medianOf(turns, ({ right }) => right.cpuMs)
  const share = medianOf(turns, ({ left, right }) => right.cpuMs / left.cpuMs)
  return {
    what: 'processor time of a warm decision, all traced',
    measured: `${show(on * 1000)} µs`,
    compared: `x ${show(share)} of ${show(off * 1000)} µs`,
    target: { text: `at most ${show(1 + MAX_COST)}`, met: share <= 1 + MAX_COST },
    raw: { onCpuMs: on, offCpuMs: off, share },
  }
}

function rateLine(turns: Turns, spansPerDecision: number): Line {
  const off = medianOf(turns, ({ left }) => left.perSecond)
  const on = medianOf(turns, ({ right }) => right.perSecond)
  const share = medianOf(turns, ({ left, right }) => right.perSecond / left.perSecond)
  return {
    what: 'warm decisions, all traced',
    measured: `${show(on)}/s, ${show(spansPerDecision)} spans each`,
    compared: `x ${show(share)} of ${show(off)}/s`,
    target: { text: `at least ${show(1 - MAX_COST)}`, met: share >= 1 - MAX_COST },
    raw: { onPerSecond: on, offPerSecond: off, share, spansPerDecision },
  }
}
