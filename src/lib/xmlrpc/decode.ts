/** Decodes XML-RPC values from XML text, strictly: broken structure is an error, an odd value is `UNREADABLE`, neither is guessed. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { MAX_DEPTH, UNREADABLE, XmlRpcSyntaxError, type XmlRpcValue } from './value.ts'

/** An XML element with its child elements in order; `text` joins the text and CDATA between them, entities decoded. */
export type XmlElement = { tag: string; children: XmlElement[]; text: string }

const TEXT = '#text'
const CDATA = '#cdata'

// The parser's own conversions (numbers, trimming, entities) are off: each of them would alter Koji's strings.
const PARSER_OPTIONS = {
  preserveOrder: true,
  jPath: false, // paths as texts are for call-backs, of which there are none
  trimValues: false,
  parseTagValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  maxNestedTags: 4 * (MAX_DEPTH + 2), // an array inside a struct takes four: value, struct, member, value
} as const

/** Returns the root element. Refuses a document type: it allows entity bombs, and no XML-RPC peer sends one. */
export function parseXml(xml: string): XmlElement {
  if (/<!DOCTYPE/i.test(xml)) throw new XmlRpcSyntaxError('a document type is not accepted')
  const validity = XMLValidator.validate(xml) // the parser itself accepts truncated documents
  if (validity !== true) throw new XmlRpcSyntaxError(`line ${validity.err.line}: ${validity.err.msg}`)
  const [root, ...more] = toElement('', parseNodes(xml)).children
  if (!root || more.length > 0) throw new XmlRpcSyntaxError('the document must have exactly one root element')
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

type Node = Record<string, Node[] | string>

function parseNodes(xml: string): Node[] {
  try {
    return new XMLParser(PARSER_OPTIONS).parse(xml) as Node[] // the documented shape of preserveOrder
  } catch (error) {
    throw new XmlRpcSyntaxError(error instanceof Error ? error.message : String(error))
  }
}

function toElement(tag: string, nodes: Node[]): XmlElement {
  const element: XmlElement = { tag, children: [], text: '' }
  for (const node of nodes) {
    const [name, content] = Object.entries(node).find(([key]) => key !== ':@') ?? ['', '']
    if (name === TEXT) element.text += decodeEntities(String(content))
    else if (name === CDATA) element.text += textOf(content)
    else if (Array.isArray(content)) element.children.push(toElement(name, content))
  }
  return element
}

function textOf(nodes: Node[] | string): string {
  return typeof nodes === 'string' ? nodes : nodes.map((node) => String(node[TEXT] ?? '')).join('')
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&\s]*);?/g, (reference, name: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name)
    const decoded = code
      ? fromCodePoint(code[1] ? Number.parseInt(code[1], 16) : Number(code[2]))
      : ENTITIES[name]
    if (decoded === undefined || !reference.endsWith(';')) {
      throw new XmlRpcSyntaxError(`unknown entity '${reference.slice(0, 20)}'`)
    }
    return decoded
  })
}

function fromCodePoint(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
