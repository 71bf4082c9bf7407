import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'

const EVENTS = 25
let api: TestApi

beforeAll(async () => {
  api = await startApi({ PUBLIC_URL: 'https://rebuilds.example.com' }, 'api_max_per_page: 15')
  for (let n = 1; n <= EVENTS; n++) await storeEvent(api.ctx.db, { messageId: `m${n}`, state: n % 2 })
})
afterAll(() => api.drop())

const page = async (query: string) => {
  const { items, meta } = await api.json(`/api/2/events/?${query}`)
  return { ids: items.map(({ id }: { id: number }) => id), meta }
}
const range = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, n) => from - n)

describe('a page', () => {
  it('has ten items, newest first, by default', async () => {
    expect((await page('')).ids).toEqual(range(25, 16))
    expect((await page('page=2')).ids).toEqual(range(15, 6))
    expect((await page('page=3')).ids).toEqual(range(5, 1))
    expect((await page('page=2&per_page=3&order_by=id')).ids).toEqual([4, 5, 6])
  })

  it('beyond the end is empty', async () => {
    const { ids, meta } = await page('page=4')
    expect(ids).toEqual([])
    expect(meta).toMatchObject({ page: 4, pages: 3, total: EVENTS, next: null })
    expect((await page(`page=${'9'.repeat(30)}`)).ids).toEqual([])
  })

  it('before the first is the first', async () => {
    expect((await page('page=-3')).meta.page).toBe(1)
    expect((await page('page=x')).ids).toEqual(range(25, 16))
  })

  it('is never larger than the server allows', async () => {
    const { ids, meta } = await page('per_page=1000')
    expect(ids).toHaveLength(15)
    expect(meta).toMatchObject({ per_page: 15, pages: 2 })
  })

  it('of size 0 still has the total', async () => {
    const { ids, meta } = await page('per_page=0')
    expect(ids).toEqual([])
    expect(meta).toMatchObject({ per_page: 0, pages: 0, total: EVENTS })
  })

  it('of negative size has twenty items, or as many as the server allows', async () => {
    expect((await page('per_page=-1')).meta.per_page).toBe(15)
  })

  it('counts only rows that match the filter', async () => {
    expect((await page('state=1')).meta).toMatchObject({ total: 13, pages: 2 })
    expect((await page('state=1&message_id=m3')).meta).toMatchObject({ total: 1, pages: 1 })
  })

  it('is linked so that following all links shows every item once', async () => {
    for (const order of ['id', '-id', 'message_id', '-message_id']) {
      const seen: number[] = []
      let query: string | undefined = `per_page=4&order_by=${order}`
      while (query !== undefined) {
        const { ids, meta } = await page(query)
        seen.push(...ids)
        query = meta.next?.split('?')[1]
      }
      expect(seen.toSorted((a, b) => b - a)).toEqual(range(25, 1))
      const { ids } = await page(`per_page=15&order_by=${order}`)
      expect(seen.slice(0, 15)).toEqual(ids)
    }
  })
})

describe('links', () => {
  it('are absolute, lead to the requested list, and repeat every argument as often as it was given', async () => {
    const { meta } = await page('page=2&per_page=2&state=1&state=building&_=5&id=3')
    const list = 'https://rebuilds.example.com/api/2/events/'
    expect(meta).toMatchObject({
      first: `${list}?page=1&per_page=2&state=1&state=building`,
      last: `${list}?page=7&per_page=2&state=1&state=building`,
      prev: `${list}?page=1&per_page=2&state=1&state=building`,
      next: `${list}?page=3&per_page=2&state=1&state=building`,
    })
  })

  it('lead to page 0 of an empty list', async () => {
    const { meta } = await page('search_key=none')
    expect(meta).toMatchObject({ total: 0, pages: 0, prev: null, next: null })
    expect(meta.last).toContain('page=0&')
  })

  it('escape arguments correctly', async () => {
    const { meta } = await page(`requester=${encodeURIComponent("a&b=c d+é'%")}`)
    expect(new URL(meta.first).searchParams.get('requester')).toBe("a&b=c d+é'%")
  })
})
