/** Finds environment variables that no program of ours reads and whose name is so near to one of ours that it was probably meant. */
import { distance } from 'fastest-levenshtein'
import { VARIABLES } from './env.ts'

/** No value: it may be a secret. */
export type MisspelledVariable = { variable: string; nearest: string }

/** The variables of the command line. */
const OF_COMMANDS = ['FRESHWAVE_URL', 'FRESHWAVE_TOKEN', 'FRESHMAKER_DATABASE']
/** Near to one of ours, but a standard variable of its own. */
const OF_OTHERS = new Set(['OTEL_BLRP_SCHEDULE_DELAY', 'HTTP_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'])

/** Max edits by the length of the shorter name, so that HOME is not taken for HOST, nor AMQP_PORT for AMQP_CERT. */
const MAX_EDITS = [
  { from: 12, edits: 2 },
  { from: 6, edits: 1 },
  { from: 0, edits: 0 },
]

/** `given`: the variables that are set. */
export function misspelledVariables(given: object): readonly MisspelledVariable[] {
  const ours = [...VARIABLES, ...OF_COMMANDS]
  return Object.keys(given)
    .filter((name) => !ours.includes(name) && !OF_OTHERS.has(name))
    .flatMap((variable) => {
      const name = variable.toUpperCase()
      const near = ours
        .filter((candidate) => isNear(name, candidate))
        .sort((left, right) => distance(name, left) - distance(name, right))
      return near[0] === undefined ? [] : [{ variable, nearest: near[0] }]
    })
}

function isNear(name: string, candidate: string): boolean {
  const length = Math.min(name.length, candidate.length)
  const max = MAX_EDITS.find(({ from }) => length >= from)?.edits ?? 0
  return distance(name, candidate) <= max || isSwapped(name, candidate)
}

/** Whether two neighbors are in the wrong order, which is two edits and one mistake. */
function isSwapped(name: string, candidate: string): boolean {
  const at = [...name].findIndex((character, index) => character !== candidate[index])
  if (at < 0 || name.length !== candidate.length) return false
  return name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2) === candidate
}
