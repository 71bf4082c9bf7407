/** XML-RPC documents that the decoder refuses: truncated, malformed or hostile ones. */
import { describe, expect, test } from 'vitest'
import {
  decodeCall,
  decodeResponse,
  encodeCall,
  XmlRpcSyntaxError,
} from '../../../../src/lib/xmlrpc/index.ts'
import { answer, PROLOG } from '../../../support/xmlrpc/responses.ts'

function faultOf(name: string, value: string): string {
  return `<fault><value><struct><member><name>${name}</name><value>${value}</value></member></struct></value></fault>`
}

describe('decoding a response', () => {
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
