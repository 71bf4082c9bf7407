/** Limits on one request, so that its work stays within what one process can do. */

/** Characters of an identifier, a product version or a decision context: what the results database can store. */
export const MAX_TEXT = 8192

/** Subjects of one request, unless the settings say otherwise. */
export const MAX_SUBJECTS = 50_000

/** Decision contexts of one request. */
export const MAX_CONTEXTS = 100

/** Rules that a request brings and their sources, times its subjects. */
export const MAX_DEMANDS = 100_000

/** Characters of the answer to a request that brings its own rules, as far as they are predictable. */
export const MAX_ANSWER = 100_000_000

/** Entries of one list of patterns or sources in a request, and characters of a pattern. */
export const MAX_PATTERNS = 1000
export const MAX_PATTERN_TEXT = 256

/** The cost of matching: characters of all patterns with wildcards, times characters of all identifiers. */
export const MAX_MATCHING = 1_000_000_000
