/** Patterns that derive a product version from an identifier or a build target (behaviour/greenwave 2.1, 2.4). */
import { fromPython } from '../../python/pattern.ts'

/** A pattern as written; `apply` returns the product version of a text, null when it does not match at the start. */
export type VersionPattern = {
  readonly match: string
  readonly productVersion: string
  readonly apply: (text: string) => string | null
}

/**
 * Compiles a pattern in Python's dialect, with `\1`, `\g<name>` and `\g<0>` (the whole match) in the product version.
 * @throws SyntaxError when the expression is not valid
 */
export function versionPattern(match: string, productVersion: string): VersionPattern {
  const { source, flags } = fromPython(match)
  const start = new RegExp(source, `${flags}y`)
  const everywhere = new RegExp(source, `${flags}g`)
  const template = productVersion
    .replaceAll('$', '$$$$')
    .replace(/\\g<0+>/g, () => '$&')
    .replace(/\\(?:g<(\d+)>|(\d))/g, (_, named?: string, digit?: string) => `$${named ?? digit}`)
    .replace(/\\g<(\w+)>/g, '$<$1>')
  const apply = (text: string) => {
    start.lastIndex = 0
    return start.test(text) ? text.replace(everywhere, template) : null
  }
  return { match, productVersion, apply }
}
