/** Makes texts from outside storable: PostgreSQL refuses NUL characters, halves of surrogate pairs, and integers beyond their column. */
import { createHash } from 'node:crypto'

/** The largest number of an `integer` column, as most ids are (not those of messages and of the audit); also the largest `int` of XML-RPC. */
export const MAX_INTEGER = 2_147_483_647

/** The text with U+FFFD for each character that cannot be stored. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd').toWellFormed() : text.toWellFormed()
}

const MAX_INDEXED = 500

/** A text for an indexed column, whose index entries have at most 2704 bytes: a longer text becomes its beginning and its hash. */
export function indexableText(text: string): string {
  if (text.length <= MAX_INDEXED) return text
  return `${text.slice(0, MAX_INDEXED - 65)}~${createHash('sha256').update(text).digest('hex')}`
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
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [storableText(name), convert(part)]))
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
