import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { carriedArguments, pagingMeta, readPaging, windowOf } from '../../../../src/api/lists/paging.ts'

const LIST = 'http://host/api/1/builds/'

describe('page and page size', () => {
  it('are 1 and 10 unless given', () => {
    expect(readPaging(undefined, undefined, 100)).toEqual({ page: 1, perPage: 10 })
  })

  it('count as missing when they are not integers', () => {
    for (const text of ['', 'x', '1.5', '1e2', '0x10', '--1'])
      expect(readPaging(text, text, 100)).toEqual({ page: 1, perPage: 10 })
  })

  it('may have a sign and surrounding spaces', () => {
    expect(readPaging(' +3', '7 ', 100)).toEqual({ page: 3, perPage: 7 })
  })

  it('are corrected when they are too small or too large', () => {
    expect(readPaging('0', '-1', 100)).toEqual({ page: 1, perPage: 20 })
    expect(readPaging('-5', '101', 100)).toEqual({ page: 1, perPage: 100 })
    expect(readPaging('9'.repeat(400), '0', 100)).toEqual({ page: 2_147_483_647, perPage: 0 })
  })
})

describe('links', () => {
  it('have page and size first, then all requested arguments', () => {
    const meta = pagingMeta({ page: 2, perPage: 1 }, 3, LIST, [
      ['name', 'ed'],
      ['state', '1'],
      ['state', '2'],
    ])
    const rest = 'per_page=1&name=ed&state=1&state=2'
    expect(meta).toEqual({
      page: 2,
      pages: 3,
      per_page: 1,
      total: 3,
      first: `${LIST}?page=1&${rest}`,
      last: `${LIST}?page=3&${rest}`,
      prev: `${LIST}?page=1&${rest}`,
      next: `${LIST}?page=3&${rest}`,
    })
  })

  it('point to page 0 as the last page of an empty list', () => {
    const meta = pagingMeta({ page: 1, perPage: 10 }, 0, LIST, [])
    expect(meta).toMatchObject({ pages: 0, last: `${LIST}?page=0&per_page=10`, prev: null, next: null })
  })

  it('also exist for pages of size 0', () => {
    expect(pagingMeta({ page: 1, perPage: 0 }, 7, LIST, [])).toMatchObject({ pages: 0, total: 7, next: null })
  })

  it('lead back from beyond the end, but not further', () => {
    const meta = pagingMeta({ page: 9, perPage: 10 }, 5, LIST, [])
    expect(meta).toMatchObject({ prev: `${LIST}?page=8&per_page=10`, next: null })
  })

  it('do not repeat page, size, id and arguments that start with an underscore', () => {
    const query = new URLSearchParams('page=1&per_page=2&id=3&endpoint=x&_t=1&name=a&name=b')
    expect(carriedArguments(query, 1)).toEqual([
      ['name', 'a'],
      ['name', 'b'],
    ])
  })

  it('repeat a cursor in version 1 alone, where it means nothing', () => {
    const query = new URLSearchParams('cursor=x&name=a')
    expect(carriedArguments(query, 1)).toEqual([...query])
    expect(carriedArguments(query, 2)).toEqual([['name', 'a']])
  })

  it('lead to every row exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), (total, perPage) => {
        const rows = Array.from({ length: total }, (_, row) => row)
        const seen: number[] = []
        let page: number | undefined = 1
        while (page !== undefined) {
          const { offset, limit } = windowOf({ page, perPage })
          seen.push(...rows.slice(offset, offset + limit))
          const { next } = pagingMeta({ page, perPage }, total, LIST, [])
          page = next === null ? undefined : Number(new URL(next).searchParams.get('page'))
        }
        expect(seen).toEqual(rows)
      }),
    )
  })
})
