/** Encoding XML-RPC calls and responses, and reading back what was encoded. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeCall,
  decodeResponse,
  double,
  encodeCall,
  encodeFault,
  encodeResponse,
  kwargs,
  XmlRpcFault,
  type XmlRpcInput,
} from '../../../../src/lib/xmlrpc/index.ts'

describe('calls', () => {
  test('carry keyword arguments in a last struct with the marker', () => {
    const xml = encodeCall('getTaskInfo', [2, kwargs({ request: true })])
    expect(xml).toContain('<member><name>__starstar</name><value><boolean>1</boolean></value></member>')
    expect(decodeCall(xml)).toEqual({
      method: 'getTaskInfo',
      params: [2, { request: true, __starstar: true }],
    })
  })

  test('without parameters may have a params element or none', () => {
    expect(decodeCall(encodeCall('getLoggedInUser', []))).toEqual({ method: 'getLoggedInUser', params: [] })
    expect(decodeCall('<methodCall><methodName>x</methodName></methodCall>')).toEqual({
      method: 'x',
      params: [],
    })
  })

  test('cannot be decoded from a response', () => {
    expect(() => decodeCall(encodeResponse(1))).toThrow('expected <methodCall>, found <methodResponse>')
  })
})

describe('encoding', () => {
  test.each([
    [2 ** 31 - 1, '<int>2147483647</int>'],
    [2 ** 31, '<i8>2147483648</i8>'],
    [-(2 ** 31), '<int>-2147483648</int>'],
    [1.5, '<double>1.5</double>'],
    [double(1), '<double>1.0</double>'],
    [double(1795278294), '<double>1795278294.0</double>'],
    ['a\r\n<&>', '<string>a&#13;\n&lt;&amp;&gt;</string>'],
    [null, '<nil/>'],
  ])('writes %s', (value, xml) => {
    expect(encodeResponse(value)).toContain(`<value>${xml}</value>`)
  })

  test.each([
    ['an unsafe integer', 2 ** 53, 'value: 9007199254740992 is beyond 2^53'],
    ['NaN', Number.NaN, 'value: NaN cannot be sent'],
    ['a control character', { a: ['x\u0000'] }, 'value.a[0]: the character U+0000 cannot be written in XML'],
    ['half a surrogate pair', '\ud800', 'value: the character U+d800 cannot be written in XML'],
    ['undefined', { a: undefined } as unknown as XmlRpcInput, 'value.a: undefined cannot be sent'],
  ])('refuses %s and names the place', (_name, value, message) => {
    expect(() => encodeResponse(value)).toThrow(message)
  })

  test('refuses a value that contains itself, without a stack overflow', () => {
    const loop: XmlRpcInput[] = []
    loop.push(loop)
    expect(() => encodeResponse(loop)).toThrow('nested deeper than 64 levels')
  })

  test('writes a fault that can be read back', () => {
    expect(() => decodeResponse(encodeFault(1005, 'Target `x` <not> found'))).toThrow(
      new XmlRpcFault(1005, 'Target `x` <not> found'),
    )
  })
})

const xmlText = fc
  .string({ unit: 'grapheme' })
  .filter((text) => !/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/u.test(text))

const anyValue = fc.letrec<{ value: XmlRpcInput }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
    xmlText,
    fc.stringMatching(/^[ \t\r\n&<>;#x0-9]{0,12}$/),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(xmlText, fc.constantFrom('__proto__', 'constructor', 'toString')), tie('value')),
  ),
})).value

describe('the round trip', () => {
  test('preserves every value, in responses and in calls', () => {
    fc.assert(
      fc.property(anyValue, fc.array(anyValue, { maxLength: 3 }), (value, params) => {
        // Dictionaries of fast-check have no prototype, those of the decoder have Object.prototype.
        expect(decodeResponse(encodeResponse(value))).toEqual(plain(value))
        expect(decodeCall(encodeCall('m', params))).toEqual({ method: 'm', params: params.map(plain) })
      }),
    )
  })
})

function plain(value: XmlRpcInput): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}
