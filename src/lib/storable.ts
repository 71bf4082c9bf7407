/** Text from outside in a form PostgreSQL can keep: it refuses NUL characters and halves of surrogate pairs. */

/** The text with U+FFFD for each character that cannot be stored. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd').toWellFormed() : text.toWellFormed()
}

/** JSON text for a json or jsonb column; names and texts inside are made storable too, which escapes would not be. */
export function storableJson(value: unknown): string {
  return JSON.stringify(storable(value))
}

/** The value with all texts inside it storable; dates, buffers and numbers stay as they are. */
export function storable<T>(value: T): T {
  return convert(value) as T // the same shape: only characters of texts differ
}

function convert(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [storableText(name), convert(part)]))
}
