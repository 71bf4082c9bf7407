/** Formats states, times and other small pieces that appear on all pages. */
import { html } from 'hono/html'
import type { EventState } from '../domain/event.ts'
import type { BuildState } from '../domain/rebuild/states.ts'

/** A piece of a page; what is put into it is escaped. */
export type Html = ReturnType<typeof html> | string

/** Nothing, where a page has a piece only sometimes. */
export const NOTHING: Html = ''

/** A state of an event or a build. */
export type AnyState = EventState | BuildState

/** Each state has a color (style.css), a shape and a word, so that no reader depends on one of them. */
export const STATES = {
  INITIALIZED: { mark: '◌', word: 'Starting' },
  BUILDING: { mark: '▶', word: 'Building' },
  COMPLETE: { mark: '✔', word: 'Complete' },
  SKIPPED: { mark: '–', word: 'Skipped' },
  PLANNED: { mark: '○', word: 'Planned' },
  BUILD: { mark: '▶', word: 'Building' },
  DONE: { mark: '✔', word: 'Rebuilt' },
  FAILED: { mark: '✘', word: 'Failed' },
  CANCELED: { mark: '⊘', word: 'Canceled' },
} as const satisfies Record<AnyState, { mark: string; word: string }>

/** A state as mark and word. */
export function stateMark(state: AnyState): Html {
  const { mark, word } = STATES[state]
  return html`<span class="state ${state}" data-state="${state}"><span aria-hidden="true">${mark}</span> ${word}</span>`
}

/** The severity of an advisory; the two that cannot wait stand out. */
export function severityMark(severity: string): Html {
  const isUrgent = severity === 'critical' || severity === 'important'
  return html`<span class="severity${isUrgent ? ' urgent' : ''}">${severity}</span>`
}

/** A time: absolute without scripts; `times.js` makes it relative, with the exact time in the browser's zone on hover. */
export function time(date: Date | string | null): Html {
  if (date === null) return NOTHING
  const iso = typeof date === 'string' ? date : date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

/** Seconds as the two largest units: `1 h 20 min`, `45 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const first = UNITS.findIndex(([, size]) => whole >= size)
  const unit = UNITS[first]
  if (!unit) return `${whole} s`
  const [name, size] = unit
  const rest = whole % size
  const [smaller, smallerSize] = UNITS[first + 1] ?? (['s', 1] as const)
  const count = Math.floor(rest / smallerSize)
  return `${Math.floor(whole / size)} ${name}${count > 0 ? ` ${count} ${smaller}` : ''}`
}

const SHORT = 300

/** The beginning of a reason, for lists: services answer with pages of text, which the page of the one thing shows. */
export function shortened(text: string | null): string {
  if (text === null || text.length <= SHORT) return text ?? ''
  return `${text.slice(0, SHORT).toWellFormed().trimEnd()}…`
}

/** A link to an address outside, which is opened without a referrer; null: the text alone. */
export function outside(url: string | null, text: string): Html {
  return url === null ? text : html`<a class="outside" rel="noreferrer" href="${url}">${text}</a>`
}
