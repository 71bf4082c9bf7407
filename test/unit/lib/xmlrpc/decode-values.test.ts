/** Decoding XML-RPC values, in responses laid out as a real Koji hub sends them. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decodeCall, decodeResponse, UNREADABLE, XmlRpcFault } from '../../../../src/lib/xmlrpc/index.ts'
import { answer, PROLOG } from '../../../support/xmlrpc/responses.ts'

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

  test('ignores blanks around a name of a method, a number and a time', () => {
    expect(decodeCall('<methodCall><methodName> a.b </methodName></methodCall>').method).toBe('a.b')
    expect(decodeResponse(answer('<int> 7 </int>'))).toBe(7)
    expect(decodeResponse(answer('<boolean> 1 </boolean>'))).toBe(true)
    expect(decodeResponse(answer('<double> </double>'))).toBe(UNREADABLE)
    expect(decodeResponse(answer('<dateTime.iso8601> 20260101T00:00:00 </dateTime.iso8601>'))).toBe(
      '20260101T00:00:00',
    )
  })
})
