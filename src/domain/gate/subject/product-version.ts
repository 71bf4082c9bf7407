/** Derives the product version of a subject when none is stated (behaviour/greenwave 2.4, 2.5). */
import { distSuffixOf, type Subject } from './subject.ts'
import type { VersionPattern } from './version-pattern.ts'

/** The versions that the identifier matches, or else the fixed one of the type; in alphabetical order. */
export function productVersionsOf({ type, identifier }: Subject): string[] {
  const matched = applyAll(type.productVersionMatch, identifier).map((version) => version.toLowerCase())
  if (matched.length > 0) return sorted(matched)
  return type.productVersion === null ? [] : [type.productVersion]
}

/** True if the build target of the subject has to be fetched from the build system first. */
export function needsBuildTarget(subject: Subject): boolean {
  return subject.type.isKojiBuild && productVersionsOf(subject).length === 0
}

/** All versions that can be derived; `buildTarget` is null when there is none or it was not fetched. */
export function guessProductVersions(subject: Subject, buildTarget: string | null): string[] {
  const certain = productVersionsOf(subject)
  if (certain.length > 0) return certain
  const { productVersionFromKojiBuildTarget: patterns, isKojiBuild } = subject.type
  const fromTarget = isKojiBuild && buildTarget !== null ? sorted(applyAll(patterns, buildTarget)) : []
  if (fromTarget.length > 0) return fromTarget
  const guessed = isKojiBuild && buildTarget !== null ? guessFrom(buildTarget, true) : null
  const suffix = distSuffixOf(subject)
  const version = guessed ?? (suffix === null ? null : guessFrom(suffix, isKojiBuild))
  return version === null ? [] : [version]
}

type Guess = { fits: (text: string, isKojiBuild: boolean) => boolean; product: string }

// The first match decides, even if no number follows.
const GUESSES: readonly Guess[] = [
  { fits: (text, isKojiBuild) => isKojiBuild && text.startsWith('f'), product: 'fedora' },
  { fits: (text) => text.startsWith('epel'), product: 'epel' },
  { fits: (text) => /^el\d/.test(text), product: 'rhel' },
  { fits: (text) => /^rhel-\d/.test(text), product: 'rhel' },
  { fits: (text) => text.startsWith('fc') || text.startsWith('Fedora'), product: 'fedora' },
]

/** The product version in a build target or a dist suffix; null: not a known one. */
export function guessFrom(text: string, isKojiBuild: boolean): string | null {
  if (text === 'rawhide' || text.startsWith('Fedora-Rawhide')) return 'fedora-rawhide'
  const guess = GUESSES.find(({ fits }) => fits(text, isKojiBuild))
  const number = guess && majorOf(text)
  return number ? `${guess.product}-${number}` : null
}

/** Splits the text into digits, dashes and what is between them: the second piece has to be a number. */
function majorOf(text: string): string {
  const pieces = text.match(/\d+|[^\d-]+/g) ?? []
  return /^0*(\d*)$/.exec(pieces[1] ?? '')?.[1] ?? ''
}

function applyAll(patterns: readonly VersionPattern[], text: string): string[] {
  return patterns.map((pattern) => pattern.apply(text)).filter((version) => version !== null)
}

function sorted(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort()
}
