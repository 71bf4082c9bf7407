/** The command line of `npm run soak`. */
import { parseArgs } from 'node:util'

/** How long and how hard; `warmUp` minutes at the beginning do not count. */
export type SoakOptions = {
  minutes: number
  warmUp: number
  store: 'redis' | 'postgres'
  /** Messages a second; the default is about half of what two cores take beside the lab. */
  rate: number
  /** The file for the chart. */
  svg: string
}

const DEFAULTS = { minutes: '60', 'warm-up': '10', store: 'redis', rate: '200', svg: 'soak.svg' }
const USAGE =
  'Usage: npm run soak -- [--minutes N] [--warm-up N] [--store redis|postgres] [--rate N] [--svg FILE]'

/** @throws Error with the reason and the usage */
export function readArguments(args: readonly string[]): SoakOptions {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' as const }]))
  try {
    const given = { ...DEFAULTS, ...parseArgs({ args: [...args], options }).values }
    const { store, svg } = given
    if (store !== 'redis' && store !== 'postgres') throw new Error(`Unknown store '${store}'.`)
    const [minutes, warmUp, rate] = [amount(given.minutes), amount(given['warm-up']), amount(given.rate)]
    if (warmUp >= minutes) throw new Error('The warm-up must be shorter than the run.')
    return { minutes, warmUp, store, rate, svg }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function amount(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`Not a number above 0: '${text}'.`)
  return number
}
