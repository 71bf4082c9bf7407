/** The command line of `npm run soak`. */
import { parseArgs } from 'node:util'
import { endWithUsage, isHelp } from '../../src/lib/refuse-arguments.ts'
import { checkWritable, problemOf } from '../support/programs/arguments.ts'

/** How long and how hard; `warmUp` minutes at the beginning do not count. */
export type SoakOptions = {
  minutes: number
  warmUp: number
  store: 'redis' | 'postgres'
  /** Messages a second; the default is about half of what two cores can handle in addition to the lab. */
  rate: number
  /** The file for the chart. */
  svg: string
}

const DEFAULTS = { minutes: '60', 'warm-up': '10', store: 'redis', rate: '200', svg: 'soak.svg' }
const USAGE =
  'Usage: npm run soak -- [--minutes N] [--warm-up N] [--store redis|postgres] [--rate N] [--svg FILE]'

/** @throws Error with the reason and the usage */
export function readArguments(args: readonly string[]): SoakOptions {
  if (isHelp(args)) endWithUsage(USAGE)
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' as const }]))
  try {
    const values = { ...DEFAULTS, ...parseArgs({ args: [...args], options }).values }
    const { store, svg } = values
    if (store !== 'redis' && store !== 'postgres') throw new Error(`Unknown store '${store}'.`)
    const [minutes, warmUp, rate] = [amount(values.minutes), amount(values['warm-up']), amount(values.rate)]
    if (warmUp >= minutes) throw new Error('The warm-up must be shorter than the run.')
    checkWritable('--svg', svg) // it is written at the end of the run
    return { minutes, warmUp, store, rate, svg }
  } catch (error) {
    throw new Error(`${problemOf(error)}\n${USAGE}`)
  }
}

function amount(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (number === 0) throw new Error(`Not a number above 0: '${text}'.`)
  return number
}
