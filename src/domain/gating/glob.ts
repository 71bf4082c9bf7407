/**
 * Shell patterns as policies write them: `*`, `?`, `[seq]`, `[!seq]`, case-sensitive, over the whole text; `*` crosses
 * every character (spec/greenwave 1.5). Time is bound by text length times pattern length, whatever the pattern.
 */

/** A list of patterns, compiled once; `matches` tells whether any of them fits the text. */
export type Globs = {
  readonly patterns: readonly string[]
  readonly matches: (text: string) => boolean
}

/** Compiles a list; patterns without a wildcard cost one look-up together. */
export function globs(patterns: readonly string[]): Globs {
  const literals = new Set(patterns.filter((pattern) => !/[*?[]/.test(pattern)))
  const wild = patterns.filter((pattern) => !literals.has(pattern)).map(compile)
  return { patterns, matches: (text) => literals.has(text) || wild.some((matches) => matches(text)) }
}

/** Whether one pattern fits the whole text. */
export function globMatches(pattern: string, text: string): boolean {
  return globs([pattern]).matches(text)
}

/**
 * Cuts the pattern at its stars. Every piece has a fixed length, so taking the leftmost place of each in turn finds a
 * match if there is one, and no piece's regular expression has anything to backtrack into.
 */
function compile(pattern: string): (text: string) => boolean {
  const pieces = split(pattern)
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  if (pieces.length === 1) {
    const whole = new RegExp(`^${first}$`, 'us')
    return (text) => whole.test(text)
  }
  const head = new RegExp(first, 'usy')
  const middle = pieces.slice(1, -1).map((piece) => new RegExp(piece, 'usg'))
  const tail = new RegExp(`${last}$`, 'usg')
  return (text) => {
    let at = 0
    for (const piece of [head, ...middle, tail]) {
      piece.lastIndex = at
      if (!piece.test(text)) return false
      at = piece.lastIndex
    }
    return true
  }
}

/** The pieces between the stars, each as the source of a regular expression. */
function split(pattern: string): string[] {
  const pieces = ['']
  const append = (source: string) => {
    pieces[pieces.length - 1] += source
  }
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    const end = character === '[' ? setEnd(pattern, at) : -1
    if (character === '*') pieces.push('')
    else if (character === '?') append('.')
    else if (end > 0) {
      append(set(pattern.slice(at + 1, end)))
      at = end
    } else append(escape(character))
  }
  // Stars in a row say no more than one.
  return pieces.filter((piece, index) => piece !== '' || index === 0 || index === pieces.length - 1)
}

/** Where the set that begins at `start` closes; -1: it never does and the bracket stands for itself. */
function setEnd(pattern: string, start: number): number {
  const first = pattern[start + 1] === '!' ? start + 2 : start + 1
  return pattern.indexOf(']', first + 1) // a bracket in first place is a member
}

function set(body: string): string {
  const negated = body.startsWith('!')
  const members = [...(negated ? body.slice(1) : body)]
  let source = ''
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? ''
    const to = members[at + 1] === '-' ? members[at + 2] : undefined
    if (to === undefined) source += escape(from)
    else {
      // A range written backwards holds nothing.
      if ((from.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0)) source += `${escape(from)}-${escape(to)}`
      at += 2
    }
  }
  if (source === '') return negated ? '.' : '(?!)'
  return negated ? `[^${source}]` : `[${source}]`
}

function escape(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character
}
