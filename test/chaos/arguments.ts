/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util'
import { endWithUsage, isHelp } from '../../src/lib/refuse-arguments.ts'
import { problemOf } from '../support/programs/arguments.ts'

/** How much happens. Runs with the same seed choose the same messages and faults; what they hit depends on the machine. */
export type ChaosOptions = {
  /** At least so many messages; more when the last faults are not over by then. */
  messages: number
  store: 'redis' | 'postgres'
  seed: number
  /** How many faults happen, one after the other, spread over the messages. */
  faults: number
  /** Messages a second at the very most: processes that start share the processors with those that work. */
  rate: number
  /** Only faults whose name contains this; empty: all. */
  only: string
}

const DEFAULTS = { messages: '10000', store: 'redis', seed: '1', faults: '24', rate: '2000', only: '' }
const USAGE =
  'Usage: npm run chaos -- [--messages N] [--store redis|postgres] [--seed N] [--faults N] [--rate N] [--only FAULT]'

/** @throws Error with the reason and the usage */
export function readArguments(args: readonly string[]): ChaosOptions {
  if (isHelp(args)) endWithUsage(USAGE)
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' as const }]))
  try {
    const given = { ...DEFAULTS, ...parseArgs({ args: [...args], options }).values }
    const { store, only } = given
    if (store !== 'redis' && store !== 'postgres') throw new Error(`Unknown store '${store}'.`)
    return {
      messages: positive(given.messages),
      store,
      seed: count(given.seed),
      faults: count(given.faults),
      rate: positive(given.rate),
      only,
    }
  } catch (error) {
    throw new Error(`${problemOf(error)}\n${USAGE}`)
  }
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`Not a number: '${text}'.`)
  return Number(text)
}

function positive(text: string): number {
  const number = count(text)
  if (number === 0) throw new Error(`Not a number above 0: '${text}'.`)
  return number
}
