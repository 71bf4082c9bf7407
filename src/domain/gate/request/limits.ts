/** Bounds on what one request may ask for, so that its work stays within what one process can do. */

/** Characters of an identifier, a product version or a gating point: what the results database can store. */
export const MAX_TEXT = 8192

/** Subjects of one request, unless the settings say otherwise. */
export const MAX_SUBJECTS = 50_000

/** Gating points of one request. */
export const MAX_CONTEXTS = 100

/** Rules of a request's own and their sources, times its subjects. */
export const MAX_DEMANDS = 100_000

/** Characters of the answer to a request with rules of its own, as far as they can be told beforehand. */
export const MAX_ANSWER = 100_000_000

/** Entries of one list of patterns or sources that a request brings along, and characters of a pattern. */
export const MAX_PATTERNS = 1000
export const MAX_PATTERN_TEXT = 256

/** Characters of those patterns that have wildcards, times characters of all identifiers: what matching may cost. */
export const MAX_MATCHING = 1_000_000_000
