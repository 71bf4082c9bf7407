/** XML-RPC messages, both sides of the wire: calls, answers and faults (behaviour/koji 1). */
import { decodeValue, onlyChild, parseXml, type XmlElement } from './decode.ts'
import { encodeValue, escapeText } from './encode.ts'
import { type XmlRpcInput, XmlRpcSyntaxError, type XmlRpcValue } from './value.ts'

export { double, kwargs, UNREADABLE, type XmlRpcInput, XmlRpcSyntaxError, type XmlRpcValue } from './value.ts'

const PROLOG = "<?xml version='1.0'?>\n"

/** The other side understood the call and refused it; `code` is Koji's fault number (behaviour/koji 8). */
export class XmlRpcFault extends Error {
  override readonly name = 'XmlRpcFault'
  readonly code: number
  readonly text: string
  constructor(code: number, text: string) {
    super(`fault ${code}: ${text}`)
    this.code = code
    this.text = text
  }
}

/** The body of a call. */
export function encodeCall(method: string, params: readonly XmlRpcInput[]): string {
  const name = escapeText(method, 'methodName')
  const encoded = params.map((param, index) => `<param>${encodeValue(param, `params[${index}]`)}</param>`)
  return `${PROLOG}<methodCall><methodName>${name}</methodName><params>${encoded.join('')}</params></methodCall>`
}

/** Reads a call; throws `XmlRpcSyntaxError` for any other text. */
export function decodeCall(xml: string): { method: string; params: XmlRpcValue[] } {
  const root = expectRoot(xml, 'methodCall')
  const [name, params, ...more] = root.children
  if (name?.tag !== 'methodName' || more.length > 0)
    throw new XmlRpcSyntaxError('<methodCall> without a method')
  return { method: name.text.trim(), params: params ? decodeParams(params) : [] }
}

/** The body of a successful answer. */
export function encodeResponse(value: XmlRpcInput): string {
  return `${PROLOG}<methodResponse><params><param>${encodeValue(value)}</param></params></methodResponse>`
}

/** The body of a refusal; Koji sends it with HTTP 200. */
export function encodeFault(code: number, text: string): string {
  const fault = encodeValue({ faultCode: code, faultString: text })
  return `${PROLOG}<methodResponse><fault>${fault}</fault></methodResponse>`
}

/** The value of an answer. Throws `XmlRpcFault` for a refusal and `XmlRpcSyntaxError` for anything else. */
export function decodeResponse(xml: string): XmlRpcValue {
  const [body, ...more] = expectRoot(xml, 'methodResponse').children
  if (!body || more.length > 0) throw new XmlRpcSyntaxError('<methodResponse> must hold params or a fault')
  if (body.tag === 'fault') throw decodeFault(body)
  const [value, ...others] = decodeParams(body)
  if (value === undefined || others.length > 0)
    throw new XmlRpcSyntaxError('an answer holds exactly one value')
  return value
}

function expectRoot(xml: string, tag: string): XmlElement {
  const root = parseXml(xml)
  if (root.tag !== tag) throw new XmlRpcSyntaxError(`expected <${tag}>, found <${root.tag}>`)
  return root
}

function decodeParams(element: XmlElement): XmlRpcValue[] {
  if (element.tag !== 'params') throw new XmlRpcSyntaxError(`expected <params>, found <${element.tag}>`)
  return element.children.map((param, index) => {
    if (param.tag !== 'param') throw new XmlRpcSyntaxError(`expected <param>, found <${param.tag}>`)
    return decodeValue(onlyChild(param, 'value'), `params[${index}]`)
  })
}

function decodeFault(element: XmlElement): XmlRpcFault {
  const fault = decodeValue(onlyChild(element, 'value'), 'fault')
  const { faultCode, faultString } = Object(fault) as Record<string, unknown>
  if (typeof faultCode !== 'number' || typeof faultString !== 'string') {
    throw new XmlRpcSyntaxError('a fault without faultCode and faultString')
  }
  return new XmlRpcFault(faultCode, faultString)
}
