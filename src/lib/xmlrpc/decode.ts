/** Decodes XML-RPC values from XML text, strictly: broken structure is an error, an odd value is `UNREADABLE`, neither is guessed. */
import { SaxesParser } from 'saxes'
import { MAX_DEPTH, UNREADABLE, XmlRpcSyntaxError, type XmlRpcValue } from './value.ts'

/** An XML element with its child elements in order; `text` joins the text and CDATA between them, entities decoded. */
export type XmlElement = { tag: string; children: XmlElement[]; text: string }

/** Not XML, but Python sends such characters as they are, in the output of a failed build for example. */
const TOLERATED = /: disallowed character\.$/

/** Returns the root element. Refuses a document type: it allows entity bombs, and no XML-RPC peer sends one. */
export function parseXml(xml: string): XmlElement {
  const document: XmlElement = { tag: '', children: [], text: '' }
  const open = [document]
  let current = document
  const addText = (text: string) => {
    current.text += text
  }
  const parser = new SaxesParser()
  parser.on('error', ({ message }) => {
    if (!TOLERATED.test(message)) throw new XmlRpcSyntaxError(message)
  })
  parser.on('doctype', () => {
    throw new XmlRpcSyntaxError('a document type is not accepted')
  })
  parser.on('opentag', ({ name }) => {
    const element = { tag: name, children: [], text: '' }
    current.children.push(element)
    open.push(element)
    current = element
  })
  parser.on('closetag', () => {
    open.pop()
    current = open.at(-1) ?? document
  })
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(xml).close()
  const [root] = document.children
  if (!root) throw new XmlRpcSyntaxError('the document must have a root element')
  return root
}

/** Decodes a `<value>` element into a plain value; `path` locates it in error texts. */
export function decodeValue(element: XmlElement, path: string, depth = 0): XmlRpcValue {
  if (depth > MAX_DEPTH) throw new XmlRpcSyntaxError(`${path}: nested deeper than ${MAX_DEPTH} levels`)
  if (element.tag !== 'value')
    throw new XmlRpcSyntaxError(`${path}: expected <value>, found <${element.tag}>`)
  const [typed, ...more] = element.children
  if (!typed) return element.text // an untyped value is a string
  if (more.length > 0) throw new XmlRpcSyntaxError(`${path}: a value has more than one type`)
  const decode = Object.hasOwn(DECODERS, typed.tag) ? DECODERS[typed.tag] : undefined
  return decode ? decode(typed, path, depth) : UNREADABLE
}

/** The only child of `element`; throws unless there is exactly one and it has this tag. */
export function onlyChild(element: XmlElement, tag: string): XmlElement {
  const [child, ...more] = element.children
  if (child?.tag !== tag || more.length > 0) {
    throw new XmlRpcSyntaxError(`<${element.tag}> must contain exactly one <${tag}>`)
  }
  return child
}

type Decoder = (element: XmlElement, path: string, depth: number) => XmlRpcValue

const DECODERS: Record<string, Decoder> = {
  nil: () => null,
  int: decodeInteger,
  i4: decodeInteger,
  i8: decodeInteger,
  boolean: decodeBoolean,
  double: decodeDouble,
  string: (element) => element.text,
  'dateTime.iso8601': (element) => element.text.trim(),
  base64: (element) => new Uint8Array(Buffer.from(element.text, 'base64')),
  array: decodeArray,
  struct: decodeStruct,
}

function decodeInteger({ text }: XmlElement): number {
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : UNREADABLE
  return Number.isSafeInteger(value) ? value : UNREADABLE
}

function decodeBoolean({ text }: XmlElement): boolean | typeof UNREADABLE {
  return BOOLEANS.get(text.trim()) ?? UNREADABLE
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['0', false],
  ['1', true],
])

function decodeDouble({ text }: XmlElement): number {
  const value = text.trim() === '' ? UNREADABLE : Number(text)
  return Number.isFinite(value) ? value : UNREADABLE
}

function decodeArray(element: XmlElement, path: string, depth: number): XmlRpcValue[] {
  const items = onlyChild(element, 'data').children
  return items.map((item, index) => decodeValue(item, `${path}[${index}]`, depth + 1))
}

function decodeStruct(element: XmlElement, path: string, depth: number): { [name: string]: XmlRpcValue } {
  const entries = element.children.map((member): [string, XmlRpcValue] => {
    const [name, value, ...more] = member.children
    if (member.tag !== 'member' || name?.tag !== 'name' || !value || more.length > 0) {
      throw new XmlRpcSyntaxError(`${path}: a struct member must contain one name and one value`)
    }
    return [name.text, decodeValue(value, `${path}.${name.text}`, depth + 1)]
  })
  return Object.fromEntries(entries) // defines own properties, so `__proto__` is an ordinary key
}
