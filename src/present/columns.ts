/** Presents single columns, for both APIs and for messages: dates, and JSON that is stored as text (behaviour/freshmaker 2). */
import type { Json } from '../lib/json.ts'

export type { Json }

/** `YYYY-MM-DDTHH:MM:SSZ`; fractions of a second are cut off. A page of events has thousands, and `toISOString` takes three times as long. */
export function presentDate(date: Date): string {
  const year = date.getUTCFullYear()
  if (!(year >= 1000 && year <= 9999)) return `${date.toISOString().slice(0, 19)}Z` // not four digits, or not valid
  const day = `${year}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`
  return `${day}T${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}:${twoDigits(date.getUTCSeconds())}Z`
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}

/** Like `presentDate`; null stays null. */
export function presentDateOrNull(date: Date | null): string | null {
  return date === null ? null : presentDate(date)
}

/** The stored object with sorted keys; `{}` for an empty column and for text that is not a JSON object. */
export function readObject(text: string | null): { [key: string]: Json } {
  const value = readJson(text)
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}

/** The stored value with sorted keys at every depth; null for an empty column and for text that is not valid JSON. */
export function readJson(text: string | null): Json {
  if (!text) return null
  try {
    return sortKeys(JSON.parse(text) as Json) // JSON.parse returns nothing else
  } catch {
    return null
  }
}

/** The same with its own keys in alphabetical order, as in every response of an endpoint of the original; deeper levels stay as they are. */
export function inKeyOrder<T extends object>(json: T): T {
  return Object.fromEntries(Object.entries(json).sort(([left], [right]) => (left < right ? -1 : 1))) as T // the same entries
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  const sorted: { [key: string]: Json } = {}
  for (const key of Object.keys(value).sort()) {
    const inner = sortKeys(value[key] ?? null)
    if (key === '__proto__') Object.defineProperty(sorted, key, { value: inner, enumerable: true })
    else sorted[key] = inner
  }
  return sorted
}
