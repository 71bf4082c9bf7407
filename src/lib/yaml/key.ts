/** What PyYAML wants of keys, and the YAML package does not. */
import type { CST } from 'yaml'

/** Where a key is at fault: without `?` before it, it must not be missing, and its colon must be on the same line. */
export function keyFault({ start, key, sep }: CST.CollectionItem, text: string): number | null {
  const colon = sep?.find(({ type }) => type === 'map-value-ind')
  if (!colon || start.some(({ type }) => type === 'explicit-key-ind')) return null
  if (key) return text.slice(key.offset, colon.offset).includes('\n') ? colon.offset : null
  return start.some(({ type }) => type === 'tag' || type === 'anchor') ? null : colon.offset
}
