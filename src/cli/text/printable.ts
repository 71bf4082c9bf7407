/** Makes text from outside safe for a terminal: control characters are shown escaped, since a terminal would obey them. */

/** For text on one line: line breaks are escaped too. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${hexOf(character).slice(-2)}`)
}

/** For text with our own line breaks: they are kept. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** The value as JSON without control characters: `JSON.stringify` leaves those above 0x7e as they are. */
export function printableJson(value: object): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/[\x7f-\x9f]/g, (character) => `\\u${hexOf(character)}`)}\n`
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}
