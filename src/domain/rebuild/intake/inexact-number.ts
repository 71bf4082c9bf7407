/** Finds numbers of parsed JSON that are not what was sent: beyond 2^53 they have been rounded. */

const MAX_SHOWN = 100

/** A sentence that names the first one by its place, such as `metadata.tickets[0]`; null without one. */
export function inexactNumber(json: unknown): string | null {
  const where = search(json, '')
  if (where === null) return null
  const shown = where.length > MAX_SHOWN ? `${where.slice(0, MAX_SHOWN)}…` : where
  return `"${shown}" is a number beyond ${Number.MAX_SAFE_INTEGER}, which would be rounded; send it as a string.`
}

function search(value: unknown, where: string): string | null {
  if (typeof value === 'number') return Number.isFinite(value) && isExact(value) ? null : where
  if (typeof value !== 'object' || value === null) return null
  for (const [name, part] of Object.entries(value)) {
    const found = search(part, placeOf(where, name, Array.isArray(value)))
    if (found !== null) return found
  }
  return null
}

/** Fractions are as near as the text was, which every reader of JSON expects. */
function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

function placeOf(where: string, name: string, isInList: boolean): string {
  if (isInList) return `${where}[${name}]`
  return where === '' ? name : `${where}.${name}`
}
