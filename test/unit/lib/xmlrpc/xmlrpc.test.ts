/** The XML-RPC codec, with messages laid out as a real Koji hub sends them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  decodeCall,
  decodeResponse,
  double,
  encodeCall,
  encodeFault,
  encodeResponse,
  kwargs,
  UNREADABLE,
  XmlRpcFault,
  type XmlRpcInput,
  XmlRpcSyntaxError,
} from '../../../../src/lib/xmlrpc/index.ts'

const PROLOG = "<?xml version='1.0'?>\n"

/** A response laid out as the hub does: each element on its own line, except that `</member>` follows a nil directly. */
function answer(value: string): string {
  return `${PROLOG}<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`
}

function faultOf(name: string, value: string): string {
  return `<fault><value><struct><member><name>${name}</name><value>${value}</value></member></struct></value></fault>`
}

describe('decoding a response', () => {
  test.each([
    ['int', '<int>7</int>', 7],
    ['negative int', '<int>-20</int>', -20],
    ['i4', '<i4>7</i4>', 7],
    ['i8 beyond 32 bits', '<i8>17952782930</i8>', 17952782930],
    ['nil', '<nil/>', null],
    ['boolean true', '<boolean>1</boolean>', true],
    ['boolean false', '<boolean>0</boolean>', false],
    ['double', '<double>1795278293.041527</double>', 1795278293.041527],
    ['whole double', '<double>1.0</double>', 1],
    ['double with exponent', '<double>1e-05</double>', 1e-5],
    ['string', '<string>rhel-8</string>', 'rhel-8'],
    ['bare string', 'rhel-8', 'rhel-8'],
    ['empty bare value', '', ''],
    ['empty string', '<string></string>', ''],
    ['string of an empty tag', '<string/>', ''],
    ['string of blanks', '<string>  \n\t </string>', '  \n\t '],
    ['string that looks like a number', '<string>007</string>', '007'],
    ['string that looks like a boolean', '<string>true</string>', 'true'],
    [
      'named entities',
      '<string>&lt;a href=&quot;x&quot;&gt; &amp;amp; &apos;b&apos;</string>',
      '<a href="x"> &amp; \'b\'',
    ],
    ['numeric entities', '<string>&#233;&#x20ac;&#13;</string>', 'é€\r'],
    ['CDATA', '<string>a<![CDATA[<b>&amp;]]>c</string>', 'a<b>&amp;c'],
    ['text around a comment', '<string>a<!-- b -->c</string>', 'ac'],
    ['ends of lines as XML has them', '<string>a\r\nb\rc\nd</string>', 'a\nb\nc\nd'],
    ['a carriage return that was written as such', '<string>a&#13;&#10;b</string>', 'a\r\nb'],
    [
      'control characters, which Python sends',
      '<string>\u001b[31mred\u0000\u0008\uffff</string>',
      '\u001b[31mred\u0000\u0008\uffff',
    ],
    ['characters beyond 16 bits', '<string>\u{1f4a5} &#x1f4a5;</string>', '\u{1f4a5} \u{1f4a5}'],
    ['a value with attributes', '<string xml:space="preserve"> a </string>', ' a '],
    ['dateTime', '<dateTime.iso8601>20261121T16:24:53</dateTime.iso8601>', '20261121T16:24:53'],
    ['base64', '<base64>AAH/\n</base64>', new Uint8Array([0, 1, 255])],
    ['empty array', '<array><data>\n</data></array>', []],
    ['array of one', '<array><data>\n<value><string>8</string></value>\n</data></array>', ['8']],
    ['empty struct', '<struct>\n</struct>', {}],
    ['array in array', '<array><data><value><array><data></data></array></value></data></array>', [[]]],
  ])('reads %s', (_name, xml, expected) => {
    expect(decodeResponse(answer(xml))).toEqual(expected)
  })

  test('reads a task struct laid out as the hub does', () => {
    const xml = answer(
      '<struct>\n<member>\n<name>id</name>\n<value><int>31</int></value>\n</member>\n' +
        '<member>\n<name>parent</name>\n<value><nil/></value></member>\n' +
        '<member>\n<name>request</name>\n<value><array><data>\n<value><string>git://x/y#z</string></value>\n' +
        '<value><struct>\n<member>\n<name>scratch</name>\n<value><boolean>0</boolean></value>\n</member>\n</struct></value>\n' +
        '</data></array></value>\n</member>\n</struct>',
    )
    expect(decodeResponse(xml)).toEqual({
      id: 31,
      parent: null,
      request: ['git://x/y#z', { scratch: false }],
    })
  })

  test('treats a member called __proto__ as an ordinary key and changes no prototype', () => {
    const xml = answer(
      '<struct><member><name>__proto__</name><value><struct><member><name>polluted</name>' +
        '<value><boolean>1</boolean></value></member></struct></value></member></struct>',
    )
    const decoded = decodeResponse(xml) as Record<string, unknown>
    expect(Object.keys(decoded)).toEqual(['__proto__'])
    expect('polluted' in {}).toBe(false)
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  })

  test('throws a fault with its code and text', () => {
    const xml = `${PROLOG}<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>1008</int></value>\n</member>\n<member>\n<name>faultString</name>\n<value><string>4 &gt; 3 (session 6)</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n`
    expect(() => decodeResponse(xml)).toThrow(new XmlRpcFault(1008, '4 > 3 (session 6)'))
  })

  test.each([
    ['nothing', ''],
    ['a proxy page', '<html><body>502 Bad Gateway</body></html>'],
    ['plain text', 'Invalid request: Empty request'],
    ['a document truncated inside a value', answer('<string>abc</string>').slice(0, 70)],
    ['a document truncated after the value', answer('<int>1</int>').slice(0, -20)],
    ['text after the root', `${answer('<int>1</int>')}<more/>`],
    ['two types in one value', answer('<int>1</int><int>2</int>')],
    ['an unknown entity', answer('<string>&nbsp;</string>')],
    ['a bare ampersand', answer('<string>a & b</string>')],
    ['a reference to no character', answer('<string>&#0;</string>')],
    ['tags that cross', answer('<array><data></array></data>')],
    ['a control character in a tag', answer('<str\u0001ing>a</str\u0001ing>')],
    ['a control character between attributes', answer('<string \u0001>a</string>')],
    ['a member without a name', answer('<struct><member><value><int>1</int></value></member></struct>')],
    ['an array without data', answer('<array><value><int>1</int></value></array>')],
    [
      'a fault without a code',
      `${PROLOG}<methodResponse><fault><value><struct></struct></value></fault></methodResponse>`,
    ],
    ['a fault that is nil', `${PROLOG}<methodResponse><fault><value><nil/></value></fault></methodResponse>`],
    ['no parameters', `${PROLOG}<methodResponse><params></params></methodResponse>`],
    ['a call instead of a response', encodeCall('getBuild', [1])],
  ])('refuses %s', (_name, xml) => {
    expect(() => decodeResponse(xml)).toThrow(XmlRpcSyntaxError)
  })

  test('refuses a response truncated at any position', () => {
    const whole = answer(
      '<struct><member><name>a</name><value><array><data><value><string>x</string></value></data></array></value></member></struct>',
    ).trimEnd()
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeResponse(whole.slice(0, length))).toThrow(XmlRpcSyntaxError)
    }
  })

  test.each([
    ['an integer beyond 2^53', '<i8>9007199254740993</i8>'],
    ['an integer far beyond 2^64', '<i8>-99999999999999999999</i8>'],
    ['an empty integer', '<int></int>'],
    ['a fraction in an integer', '<int>1.5</int>'],
    ['not a number', '<double>nan</double>'],
    ['an infinity', '<double>-Infinity</double>'],
    ['an infinity by its exponent', '<double>1e999</double>'],
    ['an empty double', '<double> </double>'],
    ['an invalid boolean', '<boolean>true</boolean>'],
    ['a boolean called constructor', '<boolean>constructor</boolean>'],
    ['an unknown type', '<float>1</float>'],
    ['a type called constructor', '<toString>1</toString>'],
  ])('reads %s as unreadable, and the values around it', (_name, odd) => {
    const xml = answer(
      `<array><data><value><int>1</int></value><value>${odd}</value><value><string>x</string></value></data></array>`,
    )
    expect(decodeResponse(xml)).toEqual([1, UNREADABLE, 'x'])
  })

  test('reads an unreadable value as one that no type of a schema takes, nor as one that is missing', () => {
    const types = [z.number(), z.number().int(), z.boolean(), z.string(), z.object({}), z.array(z.unknown())]
    for (const type of types) {
      expect(type.safeParse(UNREADABLE).success).toBe(false)
      expect(type.nullish().safeParse(UNREADABLE).success).toBe(false)
    }
  })

  test.each([
    ['a member without a name', '<struct><member><value>1</value></member></struct>'],
    [
      'a member with two values',
      '<struct><member><name>a</name><value>1</value><value>2</value></member></struct>',
    ],
    ['a member without a value', '<struct><member><name>a</name></member></struct>'],
    ['something else than members', '<struct><other><name>a</name><value>1</value></other></struct>'],
    [
      'a member whose first part is not its name',
      '<struct><member><key>a</key><value>1</value></member></struct>',
    ],
    ['a list without data', '<array><value>1</value></array>'],
    ['a list with data twice', '<array><data/><data/></array>'],
    ['an empty list element', '<array/>'],
  ])('refuses %s', (_what, value) => {
    expect(() => decodeResponse(answer(value))).toThrow(XmlRpcSyntaxError)
  })

  test.each([
    ['params beside a fault', '<params><param><value/></param></params><fault/>'],
    ['params beside something else', '<params><param><value/></param></params><other/>'],
    ['nothing', ''],
    ['two values', '<params><param><value/></param><param><value/></param></params>'],
    ['another element', '<results><param><value/></param></results>'],
    ['values without param', '<params><value/></params>'],
    ['params that are something else', '<params><other><value/></other></params>'],
    ['a param with two values', '<params><param><value/><value/></param></params>'],
    ['an empty param', '<params><param/></params>'],
    ['a fault without its text', faultOf('faultCode', '<int>1</int>')],
    ['a fault without its code', faultOf('faultString', 'x')],
    ['a fault that is a text', '<fault><value>x</value></fault>'],
  ])('refuses a response with %s', (_what, body) => {
    const read = () => decodeResponse(`<methodResponse>${body}</methodResponse>`)
    expect(read).toThrow(XmlRpcSyntaxError)
  })

  test.each([
    ['a call without a method', '<params/>'],
    ['a call with two lists of params', '<methodName>a</methodName><params/><params/>'],
  ])('refuses %s', (_what, body) => {
    expect(() => decodeCall(`<methodCall>${body}</methodCall>`)).toThrow('<methodCall> without a method')
  })

  test('ignores blanks around a name of a method, a number and a time', () => {
    expect(decodeCall('<methodCall><methodName> a.b </methodName></methodCall>').method).toBe('a.b')
    expect(decodeResponse(answer('<int> 7 </int>'))).toBe(7)
    expect(decodeResponse(answer('<boolean> 1 </boolean>'))).toBe(true)
    expect(decodeResponse(answer('<double> </double>'))).toBe(UNREADABLE)
    expect(decodeResponse(answer('<dateTime.iso8601> 20260101T00:00:00 </dateTime.iso8601>'))).toBe(
      '20260101T00:00:00',
    )
  })

  test('refuses a document type, and thereby entity bombs', () => {
    const bomb = `<?xml version='1.0'?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${answer('<string>&b;</string>').slice(PROLOG.length)}`
    expect(() => decodeResponse(bomb)).toThrow('a document type is not accepted')
  })

  test('limits the depth without a stack overflow', () => {
    const nested = (levels: number) =>
      answer(
        `${'<array><data><value>'.repeat(levels)}<int>1</int>${'</value></data></array>'.repeat(levels)}`,
      )
    expect(() => decodeResponse(nested(60))).not.toThrow()
    expect(() => decodeResponse(nested(65))).toThrow(XmlRpcSyntaxError)
    expect(() => decodeResponse(nested(20_000))).toThrow(XmlRpcSyntaxError)
  })
})

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
