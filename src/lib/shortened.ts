/** Texts for people that come from outside and may have any length, such as the output of a build. */

/** Characters of a text that is kept: thousands of builds of one event may have one each, and a message about the event has them all. */
export const MAX_LENGTH = 10_000

/** The text without its middle if it is longer: the beginning says what was done, and the end often what failed. */
export function shortened(text: string): string {
  const omitted = text.length - MAX_LENGTH
  if (omitted <= 0) return text
  const [start, end] = [text.slice(0, MAX_LENGTH / 2), text.slice(-MAX_LENGTH / 2)]
  return `${start}\n[characters left out: ${omitted}]\n${end}`.toWellFormed()
}
