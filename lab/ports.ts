/** The fixed ports of a lab that is started by hand: those of the services, of the control API, and of the bus behind them. */
import { refuse } from '../src/lib/refuse-arguments.ts'

const DEFAULT_PORT = 9000
const BUS_OFFSET = 15

/** `LAB_PORT` is the port of the first service. Ends the process with exit code 2 when it is not a port. */
export function labPorts(text = process.env.LAB_PORT): { first: number; bus: number } {
  const first = Number(text || DEFAULT_PORT)
  if (Number.isInteger(first) && first > 0 && first < 65_000) return { first, bus: first + BUS_OFFSET }
  refuse(`LAB_PORT must be a port number below 65000, not '${text}'`)
}
