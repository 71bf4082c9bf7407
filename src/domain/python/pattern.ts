/** Translates Python's regular expressions, in which subject types and the rules of rebuilds are written (behaviour/greenwave 2.1). */

/** Matches what Python writes differently, or else one character. */
const PIECE = /\\([\s\S])|\(\?P=(\w+)\)|(\(\?P<)|\{(?:\d+(?:,\d*)?|,\d*)\}|[\s\S]/g
const FLAGS = /^\(\?([aimsu]+)\)/
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/
const ANCHORS: Readonly<Record<string, string>> = { A: '(?<![^])', Z: '(?![^])' }

/** The same expression as source and flags for `RegExp`, whose constructor throws `SyntaxError` for an invalid one. */
export function fromPython(pattern: string): { source: string; flags: string } {
  const written = FLAGS.exec(pattern)
  const flags = [...new Set(written?.[1])].filter((flag) => 'ims'.includes(flag)).join('')
  return { source: translated(pattern.slice(written?.[0].length ?? 0)), flags: `u${flags}` }
}

/** Compiled, for `test`; `fromStart`: it matches at the start of a text only, as Python's `match`. Throws as above. */
export function compilePython(pattern: string, { fromStart = false } = {}): RegExp {
  const { source, flags } = fromPython(pattern)
  return new RegExp(fromStart ? `${ANCHORS['A']}(?:${source})` : source, flags)
}

function translated(pattern: string): string {
  let source = ''
  let firstMember = -1 // of the current set
  for (const match of pattern.matchAll(PIECE)) {
    const [piece, escaped, reference, group] = match
    const inSet = firstMember >= 0
    if (escaped !== undefined) source += inSet ? memberOf(escaped) : (ANCHORS[escaped] ?? plain(escaped))
    else if (inSet && piece === ']' && match.index > firstMember) {
      source += piece
      firstMember = -1
    } else if (inSet) source += piece === ']' ? '\\]' : piece
    else if (reference) source += `\\k<${reference}>`
    else if (group) source += '(?<'
    else if (piece === '[') {
      firstMember = match.index + (pattern[match.index + 1] === '^' ? 2 : 1)
      source += piece
    } else source += piece.length > 1 ? piece.replace('{,', '{0,') : bracket(piece)
  }
  return source
}

/** Brackets that close nothing are literals. */
function bracket(character: string): string {
  return ']{}'.includes(character) ? `\\${character}` : character
}

/** With the flag `u`, JavaScript allows the escape only of characters with a special meaning. */
function plain(character: string): string {
  return /[A-Za-z0-9]/.test(character) || SYNTAX.test(character) ? `\\${character}` : character
}

function memberOf(character: string): string {
  return character === '-' ? '\\-' : plain(character)
}
