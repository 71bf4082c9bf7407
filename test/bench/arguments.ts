/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { endWithUsage, isHelp } from '../../src/lib/refuse-arguments.ts'
import { checkWritable, problemOf } from '../support/programs/arguments.ts'
import type { Bench } from './bench.ts'

/** `only` selects a single bench, `json` is the file for the raw numbers, `calls` prints what the requests to services contained. */
export type Arguments = { only: string | undefined; json: string | undefined; calls: boolean }

/** @throws Error with the reason and the usage */
export function readArguments(args: readonly string[], benches: readonly Bench[]): Arguments {
  const names = benches.map(({ name }) => name)
  const usage = `Usage: npm run bench -- [--only ${names.join('|')}] [--json FILE] [--calls]`
  if (isHelp(args)) endWithUsage(usage)
  try {
    const { only, json, calls } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        json: { type: 'string' },
        calls: { type: 'boolean', default: false },
      },
    }).values
    if (only !== undefined && !names.includes(only)) throw new Error(`Unknown bench '${only}'.`)
    if (json !== undefined) checkWritable('--json', json) // it is written at the end of the run
    return { only, json, calls }
  } catch (error) {
    throw new Error(`${problemOf(error)}\n${usage}`)
  }
}
