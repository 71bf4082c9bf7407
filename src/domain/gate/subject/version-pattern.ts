/** Patterns that make a product version out of an identifier or a build target (behaviour/greenwave 2.1, 2.4). */

import { fromPython } from '../python/pattern.ts'

/** A pattern as written, and what it makes of a text: null where it does not match at the start. */
export type VersionPattern = {
  readonly match: string
  readonly productVersion: string
  readonly apply: (text: string) => string | null
}

/**
 * Compiles a pattern written in Python's dialect, with `\1` and `\g<name>` in the product version. Throws `SyntaxError`
 * when the expression is none.
 */
export function versionPattern(match: string, productVersion: string): VersionPattern {
  const { source, flags } = fromPython(match)
  const start = new RegExp(source, `${flags}y`)
  const everywhere = new RegExp(source, `${flags}g`)
  const template = productVersion
    .replaceAll('$', '$$$$')
    .replace(/\\(?:g<(\d+)>|(\d))/g, (_, named?: string, digit?: string) => `$${named ?? digit}`)
    .replace(/\\g<(\w+)>/g, '$<$1>')
  const apply = (text: string) => {
    start.lastIndex = 0
    return start.test(text) ? text.replace(everywhere, template) : null
  }
  return { match, productVersion, apply }
}
