/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util'

/** How much happens. Runs with the same seed choose the same messages and faults; what they hit depends on the machine. */
export type ChaosOptions = {
  /** At least so many messages; more when the last faults are not over by then. */
  messages: number
  store: 'redis' | 'postgres'
  seed: number
  /** How many faults happen, one after the other. */
  faults: number
}

const DEFAULTS = { messages: '10000', store: 'redis', seed: '1', faults: '24' }
const USAGE = 'Usage: npm run chaos -- [--messages N] [--store redis|postgres] [--seed N] [--faults N]'

/** @throws Error with the reason and the usage */
export function readArguments(args: readonly string[]): ChaosOptions {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' as const }]))
  try {
    const given = { ...DEFAULTS, ...parseArgs({ args: [...args], options }).values }
    const { store } = given
    if (store !== 'redis' && store !== 'postgres') throw new Error(`Unknown store '${store}'.`)
    const [messages, seed, faults] = [given.messages, given.seed, given.faults].map(count)
    return { messages: messages ?? 0, store, seed: seed ?? 0, faults: faults ?? 0 }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`Not a number: '${text}'.`)
  return Number(text)
}
