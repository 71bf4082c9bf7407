/** The code of an error, whatever was thrown. */
import { expect, it } from 'vitest'
import { errorCode } from '../../../src/lib/error-code.ts'

it.each([
  [Object.assign(new Error('not there'), { code: 'ENOENT' }), 'ENOENT'],
  [{ code: '40P01' }, '40P01'],
  [Object.assign(new Error('a fault of XML-RPC'), { code: 1009 }), ''],
  [new Error('without one'), ''],
  ['a text', ''],
  [null, ''],
])('%o has the code "%s"', (thrown, code) => {
  expect(errorCode(thrown)).toBe(code)
})
