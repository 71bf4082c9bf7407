/** Draws how far the builds of an event are: a bar and a sentence. */
import { html } from 'hono/html'
import { amount } from '../domain/amount.ts'
import { keysOf } from '../domain/keys-of.ts'
import {
  BUILD_STATES,
  type BuildCounts,
  type BuildState,
  buildStateName,
  countStates,
} from '../domain/rebuild/states.ts'
import { type Html, STATES } from './words.ts'

const STATE_NAMES = keysOf(BUILD_STATES)
/** The order of the states in the bar, from the left. */
const BAR_ORDER = ['DONE', 'BUILD', 'PLANNED', 'CANCELED', 'FAILED'] as const satisfies BuildState[]

/** The numbers of an event whose builds were counted in the database; unknown states are left out. */
export function namedCounts(counted: readonly { state: number; count: number }[]): BuildCounts {
  const counts = countStates([])
  for (const { state, count } of counted) {
    const name = buildStateName(state)
    if (name) counts[name] += count
  }
  return counts
}

/** All builds together. */
export function totalOf(counts: BuildCounts): number {
  return STATE_NAMES.reduce((sum, state) => sum + counts[state], 0)
}

/** `28 of 34 images rebuilt, 3 failed`. */
export function headLine(counts: BuildCounts): string {
  const total = totalOf(counts)
  if (total === 0) return 'No images to rebuild'
  const rest = (['FAILED', 'CANCELED', 'BUILD'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `, ${counts[state].toLocaleString('en-US')} ${STATES[state].word.toLowerCase()}`)
  return `${counts.DONE.toLocaleString('en-US')} of ${amount(total, 'image')} rebuilt${rest.join('')}`
}

/** A bar with one piece for each state that occurs; its text is the sentence. */
export function progressBar(counts: BuildCounts): Html {
  const total = Math.max(1, totalOf(counts))
  let left = 0
  const pieces = BAR_ORDER.filter((state) => counts[state] > 0).map((state) => {
    const width = (counts[state] / total) * 100
    const piece = html`<rect class="fill ${state}" x="${left.toFixed(2)}" width="${width.toFixed(2)}" height="8"/>`
    left += width
    return piece
  })
  return html`<svg class="bar" role="img" aria-label="${headLine(counts)}" viewBox="0 0 100 8" preserveAspectRatio="none"><rect class="fill none" width="100" height="8"/>${pieces}</svg>`
}

/** Whether a forecast is still ahead. `soon`: half of the cases would be over by now; `overdue`: nine of ten, so no later forecast was made. */
export function outlookOf({ p50, p90 }: { p50: Date; p90: Date }, now: Date): 'ahead' | 'soon' | 'overdue' {
  if (p90 < now) return 'overdue'
  return p50 < now ? 'soon' : 'ahead'
}
