/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util'
import { endWithUsage, isHelp } from '../../src/lib/refuse-arguments.ts'
import { problemOf } from '../support/programs/arguments.ts'

/** The size of a run. Runs with the same seed choose the same messages and faults; what a fault hits depends on the machine. */
export type ChaosOptions = {
  /** The minimum number of messages; more are sent until the last fault is over. */
  messages: number
  store: 'redis' | 'postgres'
  seed: number
  /** The number of faults, one after the other, spread over the messages. */
  faults: number
  /** The maximum of messages a second: starting processes share the processors with working ones. */
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
    const values = { ...DEFAULTS, ...parseArgs({ args: [...args], options }).values }
    const { store, only } = values
    if (store !== 'redis' && store !== 'postgres') throw new Error(`Unknown store '${store}'.`)
    return {
      messages: positive(values.messages),
      store,
      seed: count(values.seed),
      faults: count(values.faults),
      rate: positive(values.rate),
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
