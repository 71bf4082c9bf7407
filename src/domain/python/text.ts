/** Formats values as Python prints them, because the error texts of this API have always shown them so. */

const MAX_LENGTH = 200
/** Quotes, the backslash, and the characters that Python regards as not printable. */
const ESCAPED = /['"\\]|\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}/gu

/** A string in Python's quotes: single ones, or double ones for a text with single quotes and no double ones. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = cut(text).replace(ESCAPED, (character) => {
    if (character === quote) return `\\${character}`
    return /['"]/.test(character) ? character : escapeSequence(character)
  })
  return `${quote}${escaped}${quote}`
}

/** Any JSON value as `str()` prints it, truncated. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? cut(value) : cut(nested(value, 0))
}

function nested(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return repr(value)
  if (typeof value !== 'object') return String(value)
  if (depth === 3) return '...'
  if (Array.isArray(value))
    return `[${value
      .slice(0, MAX_LENGTH)
      .map((item) => nested(item, depth + 1))
      .join(', ')}]`
  const pairs = Object.entries(value).slice(0, MAX_LENGTH)
  return `{${pairs.map(([key, item]) => `${repr(key)}: ${nested(item, depth + 1)}`).join(', ')}}`
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeSequence(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const written = (letter: string, digits: number) => `\\${letter}${code.toString(16).padStart(digits, '0')}`
  if (code < 0x100) return NAMED[character] ?? written('x', 2)
  return code < 0x10000 ? written('u', 4) : written('U', 8)
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text
}
