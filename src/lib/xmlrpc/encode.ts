/** Encodes an XML-RPC value as XML, as Koji's own client and hub do. */
import { MAX_DEPTH, markedDouble, type XmlRpcInput, XmlRpcSyntaxError } from './value.ts'

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

// XML 1.0 cannot represent these, not even as character references.
const UNWRITABLE = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}/u

/**
 * The value as `<value>..</value>`. Throws `XmlRpcSyntaxError` naming `path` for anything XML-RPC cannot represent
 * exactly: integers beyond 2^53, NaN and infinities, control characters, undefined, functions, excessive nesting.
 */
export function encodeValue(value: XmlRpcInput, path = 'value', depth = 0): string {
  return `<value>${encodeBare(value, path, depth)}</value>`
}

function encodeBare(value: XmlRpcInput, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new XmlRpcSyntaxError(`${path}: nested deeper than ${MAX_DEPTH} levels`)
  if (value === null) return '<nil/>'
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`
  if (typeof value === 'string') return `<string>${escapeText(value, path)}</string>`
  if (typeof value === 'number') return encodeNumber(value, path)
  if (typeof value !== 'object') throw new XmlRpcSyntaxError(`${path}: ${typeof value} cannot be sent`)
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString('base64')}</base64>`
  const marked = markedDouble(value)
  if (marked !== undefined) return encodeDouble(marked, path)
  return isArray(value) ? encodeArray(value, path, depth) : encodeStruct(value as Struct, path, depth)
}

type Struct = { readonly [name: string]: XmlRpcInput }

// Array.isArray does not narrow a union to its readonly array.
function isArray(value: object): value is readonly XmlRpcInput[] {
  return Array.isArray(value)
}

function encodeArray(items: readonly XmlRpcInput[], path: string, depth: number): string {
  const data = items.map((item, index) => encodeValue(item, `${path}[${index}]`, depth + 1))
  return `<array><data>${data.join('')}</data></array>`
}

function encodeStruct(struct: Struct, path: string, depth: number): string {
  const members = Object.entries(struct).map(([name, value]) => {
    const at = `${path}.${name}`
    return `<member><name>${escapeText(name, at)}</name>${encodeValue(value, at, depth + 1)}</member>`
  })
  return `<struct>${members.join('')}</struct>`
}

function encodeNumber(value: number, path: string): string {
  if (!Number.isInteger(value)) return encodeDouble(value, path)
  if (!Number.isSafeInteger(value)) throw new XmlRpcSyntaxError(`${path}: ${value} is beyond 2^53`)
  const tag = value === (value | 0) ? 'int' : 'i8'
  return `<${tag}>${value}</${tag}>`
}

function encodeDouble(value: number, path: string): string {
  if (!Number.isFinite(value)) throw new XmlRpcSyntaxError(`${path}: ${value} cannot be sent`)
  return `<double>${Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : value}</double>`
}

/** Escapes the characters that XML would alter or reject. Throws `XmlRpcSyntaxError` for those it cannot represent. */
export function escapeText(text: string, path: string): string {
  const unwritable = UNWRITABLE.exec(text)
  if (unwritable) {
    const code = unwritable[0].charCodeAt(0).toString(16).padStart(4, '0')
    throw new XmlRpcSyntaxError(`${path}: the character U+${code} cannot be written in XML`)
  }
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character)
}
