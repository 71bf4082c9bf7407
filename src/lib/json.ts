/** Guards for JSON and text from outside: what parses, but PostgreSQL, a URL or `JSON.stringify` cannot carry. */

/** Anything that `JSON.parse` can return. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The place (`subject[3].item`, empty for the whole value) and what is wrong there. */
export type TextFault = { where: string; what: string }

const MAX_DEPTH = 40
const MAX_NAME_LENGTH = 100

/** The first fault, depth first; null: the value is fine. */
export function findTextFault(json: unknown): TextFault | null {
  const found = search(json, 0)
  return found && { where: found.path.toReversed().join('').replace(/^\./, ''), what: found.what }
}

/** `path` is in reverse: the last step comes first. */
type Found = { path: string[]; what: string }

function search(value: unknown, depth: number): Found | null {
  if (typeof value === 'string') return isPlain(value) ? null : fault('must be text without NUL characters')
  if (typeof value !== 'object' || value === null) return null
  if (depth === MAX_DEPTH) return fault('must not be nested this deeply')
  return Array.isArray(value) ? searchList(value, depth) : searchObject(value, depth)
}

function searchList(list: readonly unknown[], depth: number): Found | null {
  for (let index = 0; index < list.length; index += 1) {
    const found = search(list[index], depth + 1)
    if (found) return below(`[${index}]`, found)
  }
  return null
}

function searchObject(object: object, depth: number): Found | null {
  for (const [name, value] of Object.entries(object)) {
    const usable = isPlain(name) && name !== '__proto__'
    const found = usable ? search(value, depth + 1) : fault('is not a valid field name')
    if (found)
      return below(
        `.${usable ? name.slice(0, MAX_NAME_LENGTH) : JSON.stringify(name).slice(0, MAX_NAME_LENGTH)}`,
        found,
      )
  }
  return null
}

function below(step: string, { path, what }: Found): Found {
  path.push(step)
  return { path, what }
}

function fault(what: string): Found {
  return { path: [], what }
}

/** An unpaired surrogate has no UTF-8 form. */
function isPlain(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Replaces NUL characters and unpaired surrogates, which PostgreSQL refuses in text and jsonb, by U+FFFD. */
export function safeText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** True if `json` nests at most `levels` deep. Deeper JSON parses cheaply but overflows the stack in `JSON.stringify`. */
export function isWithinDepth(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return true
  return levels > 0 && Object.values(json).every((value) => isWithinDepth(value, levels - 1))
}
