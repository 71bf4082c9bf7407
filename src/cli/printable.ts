/** Text of others for a terminal: control characters are shown, since the terminal would obey them. */

/** In one line: a new line is a control character like any other. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${hexOf(character).slice(-2)}`)
}

/** In the lines it has, for text that is laid out here. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** JSON with nothing in it that a terminal obeys; it stays the same value, where JSON itself leaves some as they are. */
export function printableJson(value: object): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/[\x7f-\x9f]/g, (character) => `\\u${hexOf(character)}`)}\n`
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}
