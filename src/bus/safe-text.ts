/** Text from outside in a form PostgreSQL can keep, as text and inside jsonb. */

/** Replaces NUL characters and unpaired surrogates, which PostgreSQL refuses, by U+FFFD. */
export function safeText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}
