/** Quotes what a client has sent, for the text that refuses it. */

const MAX_QUOTED = 100

/** The text in quotation marks, cut after its beginning if it is long: that shows what it is, and a request may have megabytes. */
export function quote(text: string): string {
  return `"${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).toWellFormed()}…` : text}"`
}
