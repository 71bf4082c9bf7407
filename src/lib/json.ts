/** Checks of parsed JSON: texts that no database or URL can hold, and nesting that is too deep. */

/** Where it is (`subject[3].item`, empty for the whole) and what is wrong there. */
export type TextFault = { where: string; what: string }

const MAX_DEPTH = 40
const MAX_NAME = 100

/** The first fault, depth first; null without one. */
export function findTextFault(json: unknown): TextFault | null {
  const found = search(json, 0)
  return found && { where: found.path.toReversed().join('').replace(/^\./, ''), what: found.what }
}

/** `path` begins with its last part. */
type Found = { path: string[]; what: string }

function search(value: unknown, depth: number): Found | null {
  if (typeof value === 'string') return isPlain(value) ? null : fault(whatIsWrong(value))
  if (typeof value !== 'object' || value === null) return null
  if (depth === MAX_DEPTH) return fault('must not be nested so deep')
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
      return below(`.${usable ? name.slice(0, MAX_NAME) : JSON.stringify(name).slice(0, MAX_NAME)}`, found)
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

function whatIsWrong(text: string): string {
  return text.includes('\0')
    ? 'must be text without NUL characters'
    : 'must be text without unpaired surrogates (\\ud800 to \\udfff)'
}

/** Half a surrogate pair cannot be written in UTF-8. */
function isPlain(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Anything that `JSON.parse` can return. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Whether a value of parsed JSON is an object. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Levels of requests and messages that are read; real ones have fewer than ten. */
export const MAX_LEVELS = 100

/** True if `json` nests at most `levels` deep. Deeper input parses cheaply but overflows the stack in `JSON.stringify`. */
export function isWithinDepth(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return true
  return levels > 0 && Object.values(json).every((value) => isWithinDepth(value, levels - 1))
}
