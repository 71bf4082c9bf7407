/** How single columns appear in both APIs and in messages: dates, and JSON that is stored as text (behaviour/freshmaker 2). */
import type { Json } from '../lib/json.ts'

export type { Json }

/** `YYYY-MM-DDTHH:MM:SSZ`; fractions of a second are cut off. */
export function presentDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
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

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}
