/** Patterns that make a product version out of an identifier or a build target (spec/greenwave 2.1, 2.4). */

/** A pattern as written, and what it makes of a text: null where it does not match at the start. */
export type VersionPattern = {
  readonly match: string
  readonly productVersion: string
  readonly apply: (text: string) => string | null
}

/**
 * Compiles a pattern written in Python's dialect: `(?P<name>..)` in the expression, `\1` and `\g<name>` in the product
 * version. Throws `SyntaxError` when the expression is none.
 */
export function versionPattern(match: string, productVersion: string): VersionPattern {
  const source = match.replaceAll('(?P<', '(?<')
  const start = new RegExp(source, 'uy')
  const everywhere = new RegExp(source, 'ug')
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
