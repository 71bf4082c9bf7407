/** Quotes what a client has sent, for the text that refuses it. */

const MAX_QUOTED = 100

/** In quotation marks; of a long text only the beginning, which shows what it is: a request may have megabytes. */
export function quote(text: string): string {
  return `"${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).toWellFormed()}…` : text}"`
}
