/** Values as Python prints them, because that is what the texts of this API have always shown. */

const LONGEST = 200

/** A string in Python's quotes: single, or double where the text holds a single quote and no double one. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = cut(text).replace(/[\\\p{Cc}]|['"]/gu, (character) =>
    /['"]/.test(character) ? (character === quote ? `\\${character}` : character) : escapeSequence(character),
  )
  return `${quote}${escaped}${quote}`
}

/** Any JSON value as `str()` prints it, cut where it gets long. */
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
      .slice(0, LONGEST)
      .map((item) => nested(item, depth + 1))
      .join(', ')}]`
  const pairs = Object.entries(value).slice(0, LONGEST)
  return `{${pairs.map(([key, item]) => `${repr(key)}: ${nested(item, depth + 1)}`).join(', ')}}`
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeSequence(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(2, '0')
  return NAMED[character] ?? `\\x${code}`
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}
