/** JSON that is stored as text, read for showing it: keys in alphabetical order at every depth. */
import type { Json } from '../lib/json.ts'

export type { Json }

/** The stored object; `{}` for an empty column and for text that is no JSON object. */
export function readObject(text: string | null): { [key: string]: Json } {
  const value = readJson(text)
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}

/** The stored value; null for an empty column and for text that is no JSON. */
export function readJson(text: string | null): Json {
  if (!text) return null
  try {
    return sortKeys(JSON.parse(text) as Json) // JSON.parse gives nothing else
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
