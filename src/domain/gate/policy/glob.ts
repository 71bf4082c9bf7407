/**
 * Shell patterns as policies write them: `*`, `?`, `[seq]`, `[!seq]`, case-sensitive, over the whole text; `*` crosses
 * every character (behaviour/greenwave 1.5). Matching takes at most text length times pattern length, whatever the pattern.
 */

/** A list of patterns, compiled once; `matches` is true if any of them matches the text. */
export type Globs = {
  readonly patterns: readonly string[]
  readonly matches: (text: string) => boolean
}

/** True if a pattern can match texts other than itself. */
export function isWild(pattern: string): boolean {
  return /[*?[]/.test(pattern)
}

/** Compiles a list; all patterns without a wildcard together cost one lookup. */
export function globs(patterns: readonly string[]): Globs {
  const literals = new Set(patterns.filter((pattern) => !isWild(pattern)))
  const wild = patterns.filter(isWild).map(compile)
  return { patterns, matches: (text) => literals.has(text) || wild.some((matches) => matches(text)) }
}

/**
 * Splits the pattern at its stars. Every piece has a fixed length, so taking the leftmost match of each in turn finds a
 * match of the whole if there is one, and no regular expression of a piece can backtrack.
 */
function compile(pattern: string): (text: string) => boolean {
  const pieces = piecesOf(pattern)
  const head = pieces[0] ?? ''
  if (pieces.length === 1) {
    const whole = new RegExp(`^${head}$`, 'us')
    return (text) => whole.test(text)
  }
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '') // consecutive stars mean the same as one
  const steps = [
    new RegExp(head, 'usy'),
    ...middle.map((piece) => new RegExp(piece, 'usg')),
    new RegExp(`${pieces.at(-1)}$`, 'usg'),
  ]
  return (text) => {
    let at = 0
    for (const step of steps) {
      step.lastIndex = at
      if (!step.test(text)) return false
      at = step.lastIndex
    }
    return true
  }
}

/** The pieces between the stars, each as the source of a regular expression. */
function piecesOf(pattern: string): string[] {
  const pieces: string[] = []
  let piece = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    const end = character === '[' ? setEnd(pattern, at) : -1
    if (character === '*') {
      pieces.push(piece)
      piece = ''
    } else if (end > 0) {
      piece += setSource(pattern.slice(at + 1, end))
      at = end
    } else piece += character === '?' ? '.' : character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
  }
  return [...pieces, piece]
}

/** The index where the set that begins at `start` closes; -1: it does not, and the bracket is a literal. */
function setEnd(pattern: string, start: number): number {
  const first = pattern[start + 1] === '!' ? start + 2 : start + 1
  return pattern.indexOf(']', first + 1) // a closing bracket in first position is a member
}

function setSource(written: string): string {
  const negated = written.startsWith('!')
  const members = [...(negated ? written.slice(1) : written)]
  let source = ''
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? ''
    const to = members[at + 1] === '-' ? members[at + 2] : undefined
    if (to === undefined) {
      source += member(from)
      continue
    }
    const backwards = (from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0) // such a range is empty
    source += backwards ? '' : `${member(from)}-${member(to)}`
    at += 2
  }
  if (source === '') return negated ? '.' : '(?!)'
  return negated ? `[^${source}]` : `[${source}]`
}

function member(character: string): string {
  return character.replace(/[\\^\][-]/, '\\$&')
}
