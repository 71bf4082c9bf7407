/** Texts that databases, terminals and parsers easily mishandle, for tests of every door through which they may arrive. */
import fc from 'fast-check'

/** One of each kind: NUL, both halves of a surrogate pair, a noncharacter, direction and control characters, names of prototypes. */
export const HOSTILE_PARTS = [
  '\0',
  '\ud800',
  '\udfff',
  '\ufffe',
  '\u202e',
  '\x1b[2J',
  '\\u0000',
  '__proto__',
  'constructor',
  "'; --",
  '$1 ?',
  '💥',
] as const

/** Any text with hostile parts in it; some are far longer than an index entry may be. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE_PARTS), fc.string({ unit: 'binary', maxLength: 5 })), {
    minLength: 1,
    maxLength: 6,
  })
  .chain((parts) => fc.constantFrom(1, 1, 1, 2000).map((times) => parts.join('').repeat(times)))

/** JSON whose names and texts are hostile. */
export const hostileJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    hostileText,
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(hostileText, tie('value'), { maxKeys: 3 }),
  ),
})).value
