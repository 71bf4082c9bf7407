/** The requests of an event to all services and what they contained, for `--calls`. */
import type { World } from '../../../lab/world.ts'

const MAX_KINDS = 25

/** The most frequent kinds of requests, then how often each method of the hub was called, including in multicalls. */
export function describeCalls({ requestContents, kojiCalls }: World): string[] {
  const sum = [...requestContents.values()].reduce((all, times) => all + times, 0)
  return [
    `${sum} requests:`,
    ...table(requestContents).slice(0, MAX_KINDS),
    'calls of the hub:',
    ...table(kojiCalls),
  ]
}

function table(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([what, times]) => `${String(times).padStart(7)}  ${what}`)
}
