/** The values of nodes by YAML 1.1, for error texts; definitions themselves take scalars as written. */
import type { YamlNode, YamlScalarType } from '../../lib/yaml/node.ts'

/** Longer numbers stay texts: parsing one takes time that grows faster than its length. */
const MAX_DIGITS = 4300

/** The value of a node. */
export function nodeValue(node: YamlNode): unknown {
  if (node.kind === 'scalar') return plainValue(node.text, node.type)
  if (node.kind === 'sequence') return node.items.map(nodeValue)
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, nodeValue(value)]))
}

/** The value of a text of that type. Dates, and numbers that Python and JavaScript print differently, stay texts. */
export function plainValue(text: string, type: YamlScalarType): null | boolean | bigint | number | string {
  if (type === 'null') return null
  if (type === 'boolean') return /^(?:y|t|on)/i.test(text)
  return type === 'number' && text.length <= MAX_DIGITS ? numberOf(text) : text
}

function numberOf(text: string): bigint | number | string {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const sign = text.startsWith('-') ? -1 : 1
  if (/^(?:0b[01]+|0x[\da-f]+|\d[\d:]*)$/i.test(digits)) return BigInt(sign) * wholeNumber(digits)
  const fraction = sign * Number(digits)
  return fraction % 1 ? fraction : text
}

/** Binary, octal, decimal, hexadecimal, or base 60 as in `1:30`. */
function wholeNumber(digits: string): bigint {
  if (/^0[0-7]/.test(digits)) return BigInt(`0o${digits}`)
  return digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
}
