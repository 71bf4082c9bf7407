/** Lists from outside are read record by record. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  EVERY,
  leavesOf,
  member,
  optionalRecordsOf,
  recordsOf,
  unreadableIn,
  unreadableList,
  unreadableText,
} from '../../../src/lib/records.ts'

const list = recordsOf(z.object({ name: z.string() }))

describe('a list', () => {
  it('has the records that can be read, and the place and fault of each other one', () => {
    const read = list.parse([{ name: 'a' }, { name: 5 }, null, { name: 'b' }])
    expect(read.read).toEqual([{ name: 'a' }, { name: 'b' }])
    expect(read.unreadable.map(({ path }) => path)).toEqual(['1.name', '2'])
    expect(read.unreadable[0]?.message).toContain('expected string')
  })

  it.each([null, {}, 'text', 5])('is refused as a whole when it is none: %j', (value) => {
    expect(list.safeParse(value).success).toBe(false)
  })

  it('may be missing where that is allowed, and is one unreadable record when it is not a list', () => {
    const optional = optionalRecordsOf(z.string())
    expect(optional.parse(undefined)).toEqual({ read: [], unreadable: [] })
    expect(optional.parse('text')).toEqual({ read: [], unreadable: [{ path: '', message: 'is not a list' }] })
    expect(optional.parse(['a', 1]).read).toEqual(['a'])
  })
})

describe('nested answers', () => {
  const leaves = leavesOf([EVERY, member('builds'), EVERY], z.string())

  it('have leaves with the names that lead to them', () => {
    expect(leaves.parse({ v1: { builds: ['a'] }, v2: { builds: { x: 'b' } } }).read).toEqual([
      { keys: ['v1', '0'], value: 'a' },
      { keys: ['v2', 'x'], value: 'b' },
    ])
  })

  it('lose only the branch that cannot be walked through or read', () => {
    const { read, unreadable } = leaves.parse({
      v1: null,
      v2: { builds: [1, 'a'] },
      v3: { builds: 5 },
      v4: {},
    })
    expect(read.map(({ value }) => value)).toEqual(['a'])
    expect(unreadable.map(({ path }) => path)).toEqual(['v1', 'v2.builds.0', 'v3.builds'])
  })
})

it('a list that a service refuses is one unreadable record, which is found in an answer', () => {
  const refused = unreadableList(new Error('refused'))
  expect(refused).toEqual({ read: [], unreadable: [{ path: 'answer', message: 'refused' }] })
  expect(unreadableIn(refused)).toEqual(refused.unreadable)
  for (const answer of [null, 5, 'text', {}, { unreadable: 3 }, []]) expect(unreadableIn(answer)).toEqual([])
})

it('the text for people has the first places and the number of the others', () => {
  const unreadable = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, message: 'odd' }))
  expect(unreadableText(unreadable)).toBe("'a': odd; 'b': odd; 'c': odd and 2 more")
})
