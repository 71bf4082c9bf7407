/** Compares versions exactly as RPM does (`rpmvercmp` and label comparison). */

/** -1: the first is older; 1: it is newer; 0: neither. */
export type VersionOrder = -1 | 0 | 1

/** Epoch, version and release, compared in this order; a null epoch counts as 0. */
export type Evr = { epoch: number | null; version: string; release: string }

const TILDE = 126
const CARET = 94
const ZERO = 48

/**
 * Compares two version strings: runs of digits compare as numbers and are newer than letters, `~` sorts before the end
 * of the string and `^` right after it; any other character only separates.
 */
export function rpmvercmp(a: string, b: string): VersionOrder {
  if (a === b) return 0
  let i = 0
  let j = 0
  for (;;) {
    i = skipSeparators(a, i)
    j = skipSeparators(b, j)
    const byMark = compareMarks(a.charCodeAt(i), b.charCodeAt(j))
    if (byMark === 'both') {
      i += 1
      j += 1
      continue
    }
    if (byMark !== 'none') return byMark
    if (i >= a.length || j >= b.length) return order(Number(i < a.length), Number(j < b.length))
    const inRun = isDigit(a.charCodeAt(i)) ? isDigit : isLetter
    const endA = runEnd(a, i, inRun)
    const endB = runEnd(b, j, inRun)
    // One run is digits, the other letters: digits are newer.
    if (endB === j) return inRun === isDigit ? 1 : -1
    const compareRuns = inRun === isDigit ? compareNumbers : order
    const byRun = compareRuns(a.slice(i, endA), b.slice(j, endB))
    if (byRun !== 0) return byRun
    i = endA
    j = endB
  }
}

/** Compares epoch, then version, then release. */
export function compareEvr(a: Evr, b: Evr): VersionOrder {
  return (
    order(a.epoch ?? 0, b.epoch ?? 0) || rpmvercmp(a.version, b.version) || rpmvercmp(a.release, b.release)
  )
}

/** NaN means the end of the string. `both`: the same mark on both sides; `none`: no mark on either side. */
function compareMarks(a: number, b: number): VersionOrder | 'both' | 'none' {
  if (a === TILDE || b === TILDE) {
    if (a !== TILDE) return 1
    return b === TILDE ? 'both' : -1
  }
  if (a === CARET || b === CARET) {
    if (Number.isNaN(a)) return -1
    if (Number.isNaN(b)) return 1
    if (a !== CARET) return 1
    return b === CARET ? 'both' : -1
  }
  return 'none'
}

/** Compares runs of digits: without leading zeros the longer one is greater. Not converted, so they may have any length. */
function compareNumbers(a: string, b: string): VersionOrder {
  const [digitsA, digitsB] = [withoutZeros(a), withoutZeros(b)]
  return order(digitsA.length, digitsB.length) || order(digitsA, digitsB)
}

function withoutZeros(digits: string): string {
  return digits.slice(runEnd(digits, 0, isZero))
}

function skipSeparators(text: string, from: number): number {
  return runEnd(text, from, (code) => !isDigit(code) && !isLetter(code) && code !== TILDE && code !== CARET)
}

function runEnd(text: string, from: number, belongs: (code: number) => boolean): number {
  let end = from
  while (end < text.length && belongs(text.charCodeAt(end))) end += 1
  return end
}

const isZero = (code: number) => code === ZERO
const isDigit = (code: number) => code >= 48 && code <= 57
const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)

function order<T extends number | string>(a: T, b: T): VersionOrder {
  if (a === b) return 0
  return a < b ? -1 : 1
}
