import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../../src/api/errors.ts'
import { type CursorScope, readCursor, writeCursor } from '../../../../src/api/lists/cursor.ts'
import type { ListOrder } from '../../../../src/db/queries/records/list-sql.ts'

const PATH = '/api/2/builds/'
const BY_ID: ListOrder = { key: 'id', column: 'b.id', type: 'integer', isNullable: false, descending: true }
const BY_NVR: ListOrder = {
  ...BY_ID,
  key: 'rebuilt_nvr',
  column: 'b.rebuilt_nvr',
  type: 'text',
  isNullable: true,
}
const POSITION = { key: 7, id: 7 }

const scope = (query: string, order = BY_ID, path = PATH): CursorScope => ({
  path,
  query: new URLSearchParams(query),
  order,
})
/** The request that brings `cursor`, as far as it differs from the one that it was made for. */
const withCursor = ({ query, ...rest }: CursorScope, cursor: string): CursorScope => {
  const all = new URLSearchParams(query)
  all.append('cursor', cursor)
  return { ...rest, query: all }
}
const message = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return error.message
    throw error
  }
  return ''
}

describe('a cursor', () => {
  it('gives back the position it was made for, whatever its key is', () => {
    const key = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null))
    fc.assert(
      fc.property(key, fc.nat(), fc.boolean(), (text, id, descending) => {
        fc.pre(text === null || !text.includes('\0'))
        const request = scope('state=1&name=a%20b', { ...BY_NVR, descending })
        const cursor = writeCursor(request, { key: text, id })
        expect(cursor).toMatch(/^[\w-]+$/)
        expect(readCursor(withCursor(request, cursor))).toEqual({ key: text, id })
      }),
    )
  })

  it('that is empty begins a walk', () => {
    expect(readCursor(scope('cursor='))).toBeNull()
  })

  it('allows another size and form of pages, and other sequences of filters', () => {
    const cursor = writeCursor(scope('state=1&name=a&name=b&per_page=10&_=1'), POSITION)
    const later = scope('per_page=50&show_full_json=True&name=a&name=b&state=1&order_by=-id&_=2')
    expect(readCursor(withCursor(later, cursor))).toEqual(POSITION)
  })
})

describe('a cursor is refused with what is wrong', () => {
  const cursor = writeCursor(scope('state=1'), POSITION)
  it.each([
    [
      'of another list',
      scope('state=1', BY_ID, '/api/2/events/'),
      'it belongs to the list /api/2/builds/, not to /api/2/events/',
    ],
    [
      'of another order',
      scope('state=1&order_by=id', { ...BY_ID, descending: false }),
      'it belongs to the order -id, not to id',
    ],
    ['of other filters', scope('state=2'), 'it was made with other filters'],
    ['of fewer filters', scope(''), 'it was made with other filters'],
    ['beside a page', scope('state=1&page=2'), 'cursor and page cannot be combined'],
    ['twice', scope('state=1&cursor='), 'it was given more than once'],
  ])('%s', (_what, request, reason) => {
    const read = () => readCursor(withCursor(request, cursor))
    expect(message(read)).toContain(`Invalid cursor was supplied: ${reason}`)
  })

  it.each([
    ['that is not one', 'x'],
    ['with characters that do not belong to it', `${cursor} `],
    ['that was cut off', cursor.slice(0, -8)],
    ['of another format', encode([2, PATH, '-id', '', 7, 7])],
    ['with too few parts', encode([1, PATH, '-id'])],
    ['with an id that is not a number', encode([1, PATH, '-id', '', 7, '7'])],
    ['with a key that no column can hold', encode([1, PATH, '-id', '', 2 ** 60, 7])],
  ])('%s', (_what, text) => {
    expect(message(() => readCursor(scope(`cursor=${encodeURIComponent(text)}`)))).toBe(
      'Invalid cursor was supplied: it is not the next_cursor of an answer',
    )
  })

  it.each([
    ['a text for a number', BY_ID, 'a'],
    ['nothing where every row has a value', BY_ID, null],
    ['a number for a text', BY_NVR, 7],
    ['a text that cannot be stored', BY_NVR, 'a\0'],
  ])('whose key is %s', (_what, order, key) => {
    const request = scope('', order)
    const read = () => readCursor(withCursor(request, writeCursor(request, { key, id: 7 })))
    expect(message(read)).toContain('it is not the next_cursor of an answer')
  })
})

function encode(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}
