/** The cost of one warm decision, compared with a bare Hono server with answers of the same size. */
import type { Bench, Line } from '../bench.ts'
import { startPart } from '../child.ts'
import { show } from '../statistics.ts'
import { ANSWER_BYTES, bodiesOf, startGate, startLab, WARM, writePolicies } from './decisions.ts'
import { medianOf, type Turns, takeTurns } from './turns.ts'

const TURNS = 7
const PER_TURN = 10_000
const MIN_SHARE = 0.5
const MAX_US = 100

/** Gate, bare server and lab are separate processes; the client shares the machine with them. */
export const warm: Bench = {
  name: 'warm',
  explains:
    'One warm decision: its processor time, and decisions per second as a share of what a bare Hono server answers; in turns.',
  async run(stage) {
    const folder = stage.newFolder()
    writePolicies(folder)
    const gate = await startGate(stage, await startLab(stage, 0), { folder, cacheSeconds: 600 })
    const bare = await startPart<string>('bare-hono', [String(ANSWER_BYTES)])
    stage.keep(bare, ({ stop }) => stop())
    const servers = {
      left: { url: gate.report, pid: gate.pid },
      right: { url: bare.report, pid: bare.pid },
    }
    const bodies = bodiesOf({ ...WARM, requests: PER_TURN })
    return linesOf(await takeTurns(servers, bodies, { turns: TURNS, clients: WARM.clients }))
  },
}

function linesOf(turns: Turns): Line[] {
  const perSecond = medianOf(turns, ({ left }) => left.perSecond)
  const barePerSecond = medianOf(turns, ({ right }) => right.perSecond)
  const share = medianOf(turns, ({ left, right }) => left.perSecond / right.perSecond)
  const us = medianOf(turns, ({ left }) => left.cpuMs) * 1000
  const bareUs = medianOf(turns, ({ right }) => right.cpuMs) * 1000
  const ratio = medianOf(turns, ({ left, right }) => left.cpuMs / right.cpuMs)
  return [
    {
      what: 'warm decisions',
      measured: `${show(perSecond)}/s`,
      compared: `x ${show(share)} of ${show(barePerSecond)}/s`,
      target: { text: `at least x ${show(MIN_SHARE)}`, met: share >= MIN_SHARE },
      raw: { perSecond, barePerSecond, share },
    },
    {
      what: 'processor time of a warm decision',
      measured: `${show(us)} µs`,
      compared: `x ${show(ratio)} of ${show(bareUs)} µs`,
      target: { text: `at most ${MAX_US} µs`, met: us <= MAX_US },
      raw: { us, bareUs, ratio },
    },
  ]
}
