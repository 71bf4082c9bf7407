import { expect, it } from 'vitest'
import { type Meaning, pairsOf, type Reading } from '../../../src/domain/message.ts'

const meaning = (of: object): Reading => ({ outcome: 'meaning', meaning: of as Meaning }) // what is not looked at is left out

it.each<[string, Reading, object | null]>([
  ['of a result', meaning({ kind: 'result-new', pairs: { nvr: 'a-1-1' } }), { nvr: 'a-1-1' }],
  ['of a waiver', meaning({ kind: 'waiver-new', subjectIdentifier: 'a-1-1' }), { item: 'a-1-1' }],
  ['of anything else', meaning({ kind: 'unheard-of' }), null],
  [
    'of a result that cannot be read',
    { outcome: 'failed', reason: 'odd', pairs: { item: 'a' } },
    { item: 'a' },
  ],
  ['of anything else that cannot be read', { outcome: 'failed', reason: 'odd' }, null],
  ['of a message that is ignored', { outcome: 'ignored', reason: 'none of ours' }, null],
])('the pairs %s', (_what, reading, pairs) => {
  expect(pairsOf(reading)).toEqual(pairs)
})
