/** Faults whose text, unlike their number, shows what they are about. */
import { expect, it } from 'vitest'
import { KojiFault } from '../../../../../src/clients/koji/hub/fault.ts'

it.each([
  [1000, 'No such build: a-1-1', 'thing'],
  [1000, 'task must have an owner', 'account'],
  [1000, 'Channel container-binary is disabled.', 'service'],
  [1, "<class 'OSError'>: [Errno 28] No space left on device", 'service'],
  [1, "<class 'xml.parsers.expat.ExpatError'>: not well-formed (invalid token): line 3, column 8", 'thing'],
  // The same inside a multicall, which leaves out the class.
  [1, 'not well-formed (invalid token): line 3, column 8', 'thing'],
  [1, 'Incorrect padding', 'thing'],
  [1, "utf-8, b'\\xff', 0, 1, invalid start byte", 'thing'],
  // A task without a request or result, as in a database that was thinned out.
  [1, "'NoneType' object has no attribute 'find'", 'thing'],
  [1, "'NoneType' object has no attribute 'cursor'", 'service'],
] as const)('%i %s: %s', (code, text, blame) => {
  expect(new KojiFault(code, text).blame).toBe(blame)
})

it('a fault with a very long text, such as the output of a plugin, keeps its beginning and its end', () => {
  const { text, message, blame } = new KojiFault(1, `Traceback${'.'.repeat(1_000_000)}UnicodeDecodeError`)
  expect([text.length < 10_100, message.length < 10_200, blame]).toEqual([true, true, 'thing'])
  expect(text).toMatch(/^Traceback.*UnicodeDecodeError$/s)
})
