/** Mutants of a recorded answer: each member of each record replaced in turn by a value of every other kind. */

/** Keys and indexes from the root to a member. */
export type Path = readonly (string | number)[]

/** What a member is replaced by; `undefined` removes it. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  7,
  -1.5,
  1e300,
  true,
  '',
  'text',
  '12',
  'nul \0 and \ud800',
  [],
  [null],
  {},
  { odd: { odd: [[[{}]]] } },
  undefined,
]

/** A text far longer than any database column or log line expects. */
export const HUGE_TEXT = 'x'.repeat(1024 * 1024)

/** The paths to all members, outer ones first; for a list only the first and last items, and one that `seeded` chooses. */
export function pathsIn(json: unknown, path: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return []
  const keys: (string | number)[] = Array.isArray(json)
    ? [...new Set([0, seeded(path.length)(json.length), json.length - 1])].filter(
        (index) => index >= 0 && index < json.length,
      )
    : Object.keys(json)
  return keys.flatMap((key) => {
    const inner = [...path, key]
    return [inner, ...pathsIn(Reflect.get(json, key), inner)]
  })
}

/** A copy in which the member is replaced; `undefined` removes it (an item of a list too). */
export function replaced(json: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(json)) {
    const items = json.map((item, index) => (index === key ? replaced(item, rest, value) : item))
    return items.filter((_, index) => !(index === key && rest.length === 0 && value === undefined))
  }
  const members = Object.entries(Object(json)).map(([name, member]) => [
    name,
    name === key ? replaced(member, rest, value) : member,
  ])
  return Object.fromEntries(members.filter(([, member]) => member !== undefined))
}

/** The member at a path; undefined where there is none. */
export function memberAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    json,
  )
}

/** A seeded choice, the same in every run: numbers from 0 up to (not including) `below`. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
