import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../../support/api/api.ts'

const EVENTS = 23
let api: TestApi
let events: number[]
const run = (sql: string, values: unknown[] = []) => api.ctx.db.fork().execute(sql, values)

beforeAll(async () => {
  api = await startApi({ PUBLIC_URL: 'https://rebuilds.example.com' })
  const { db } = api.ctx
  events = []
  for (let n = 1; n <= EVENTS; n++) events.push(await storeEvent(db, { messageId: `m${n}`, state: n % 2 }))
  for (let n = 1; n <= 40; n++) {
    // Some values are equal, some are missing.
    const depOn = n % 4 === 0 ? 1 : undefined
    const event = n % 5 === 0 ? undefined : events[n % 3]
    const texts = {
      name: `image-${n % 7}`,
      originalNvr: `a-${n}-1`,
      rebuiltNvr: n % 3 === 0 ? undefined : `b-${n}-1`,
    }
    await storeBuild(db, {
      id: n,
      ...texts,
      event,
      depOn,
      buildId: n % 6 === 0 ? undefined : n % 10,
      state: n % 5,
    })
  }
  await run(
    `insert into inbox (message_id, topic, body, properties, state) select 'i' || n, 't' || n % 2, '{}', '{}', 'done' from generate_series(1, 15) n`,
  )
  await run(
    `insert into audit (who, credential, door, action, outcome) select 'user', 'none', 'api', 'cancel', 'done' from generate_series(1, 15) n`,
  )
  await run(
    `insert into considered_images (event_id, nvr, outcome, rule, reason)
     select ?, 'c-' || n || '-1', 'not-rebuilt', 'r', 'because' from generate_series(1, 15) n`,
    [events[0]],
  )
})
afterAll(() => api.drop())

type Answer = { items: { id?: number; nvr?: string }[]; meta: Record<string, unknown> }
const idOf = ({ id, nvr }: Answer['items'][number]) => id ?? nvr

/** All items by following `next_cursor` from the start; `between` runs after each page. */
async function walk(list: string, between: () => Promise<unknown> = async () => undefined) {
  const seen: (number | string | undefined)[] = []
  const join = list.includes('?') ? '&' : '?'
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { items, meta }: Answer = await api.json(`${list}${join}cursor=${cursor}`)
    seen.push(...items.map(idOf))
    cursor = meta['next_cursor'] as string | null // as documented
    await between()
  }
  return seen
}

/** The same by the numbers of the pages. */
async function pages(list: string) {
  const { items }: Answer = await api.json(`${list}${list.includes('?') ? '&' : '?'}per_page=100`)
  return items.map(idOf)
}

const BUILD_ORDERS = [
  'id',
  'name',
  'event_id',
  'dep_on_id',
  'build_id',
  'original_nvr',
  'rebuilt_nvr',
].flatMap((key) => [key, `-${key}`])

describe('a walk by cursor', () => {
  it.each([
    '/api/2/events/',
    '/api/2/events/?state=1&order_by=message_id',
    '/api/2/events/?order_by=-message_id',
    '/api/2/events/1/why',
    '/api/2/events/1/why?outcome=not-rebuilt',
    '/api/2/inbox',
    '/api/2/inbox?topic=t1',
    '/api/2/audit?since=7d',
    '/api/2/builds/?name=image-3',
    '/api/2/builds/?event_search_key=12345&state=1&order_by=-rebuilt_nvr',
    '/api/2/builds/?state=0&name=nothing',
  ])('shows all of %s in the same order as its pages', async (list) => {
    const expected = await pages(list)
    for (const size of [1, 4, 100])
      expect(await walk(`${list}${list.includes('?') ? '&' : '?'}per_page=${size}`)).toEqual(expected)
  })

  it.each(BUILD_ORDERS)('shows all builds by %s, also those without a value', async (order) => {
    const list = `/api/2/builds/?order_by=${order}`
    const expected = await pages(list)
    expect(expected).toHaveLength(40)
    for (const size of [1, 3, 39, 40]) expect(await walk(`${list}&per_page=${size}`)).toEqual(expected)
  })

  it('goes on from any page that was requested by its number', async () => {
    const { items, meta } = await api.json('/api/2/builds/?page=3&per_page=7&order_by=name')
    const after = await api.json(`/api/2/builds/?per_page=100&order_by=name&cursor=${meta.next_cursor}`)
    const all = await pages('/api/2/builds/?order_by=name')
    expect(items.map(idOf)).toEqual(all.slice(14, 21))
    expect(after.items.map(idOf)).toEqual(all.slice(21))
  })

  it('is linked, with all arguments, until its end', async () => {
    const first = await api.json('/api/2/events/?cursor=&state=1&state=0&per_page=20&_=1')
    const { next, next_cursor: cursor } = first.meta
    expect(next).toBe(
      `https://rebuilds.example.com/api/2/events/?cursor=${cursor}&per_page=20&state=1&state=0`,
    )
    const { meta } = await api.json(new URL(next).pathname + new URL(next).search)
    expect(meta).toEqual({ next: null, next_cursor: null, per_page: 20 })
  })

  it('ends without a cursor on the last page and beyond it', async () => {
    for (const page of [1, 2, 9])
      expect((await api.json(`/api/2/events/?per_page=23&page=${page}`)).meta.next_cursor).toBeNull()
    expect((await api.json('/api/2/events/?per_page=0')).meta.next_cursor).toBeNull()
  })
})

describe('a walk while others write', () => {
  it('shows each build that is there all the time exactly once, in every order whose values do not change', async () => {
    const orders = BUILD_ORDERS.filter((order) => !/build_id|rebuilt_nvr/.test(order))
    expect(orders).not.toEqual([])
    for (const order of orders) {
      const before = await pages('/api/2/builds/')
      expect(before).toHaveLength(40)
      let n = 0
      const added: number[] = []
      const write = async () => {
        n += 1
        // Before, at and after any position: names and values are spread over the whole list.
        const fields = { name: `image-${n % 9}`, originalNvr: `a-${order}-${n}-2`, event: events[n % 3] }
        added.push(await storeBuild(api.ctx.db, { id: 1000 + n, ...fields }))
        await run('update artifact_builds set state = ?, build_id = ? where id % 7 = ?', [
          n % 5,
          9000 - n,
          n % 7,
        ])
        if (n % 3 === 0) await run('delete from artifact_builds where id = ?', [added.shift()])
      }
      const seen = await walk(`/api/2/builds/?order_by=${order}&per_page=3`, write)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter((id) => before.includes(id)).toSorted()).toEqual(before.toSorted())
      await run('delete from artifact_builds where id >= 1000')
    }
  })

  it('shows each event exactly once beside transactions that open events and end them', async () => {
    const { db } = api.ctx
    let walking = true
    const writers = Array.from({ length: 3 }, async (_, w) => {
      for (let n = 0; walking; n++)
        await db.transaction(async (em) => {
          const messageId = `m${w}-${n}`
          await em.execute('insert into events (message_id, search_key, event_type_id) values (?, ?, 10)', [
            messageId,
            messageId,
          ])
          await em.execute('update events set state = 2 where id % 5 = ?', [w])
        })
    })
    for (const order of ['-id', 'id', '-message_id']) {
      const before = await idsNow()
      const seen = await walk(`/api/2/events/?order_by=${order}&per_page=5`)
      expect(new Set(seen).size).toBe(seen.length)
      expect(before.filter((id) => !seen.includes(id))).toEqual([])
    }
    walking = false
    await Promise.all(writers)

    async function idsNow(): Promise<number[]> {
      const rows = await db.fork().execute<{ id: number }[]>('select id from events')
      return rows.map(({ id }) => id)
    }
  })
})

describe('a cursor that does not fit', () => {
  const refused = async (path: string) => {
    const { error, message } = await api.json(path, 400)
    expect(error).toBe('Bad Request')
    return message
  }

  it('is a bad request that names what is wrong', async () => {
    const { next_cursor: cursor } = (await api.json('/api/2/builds/?name=image-1&per_page=2')).meta
    const cases = [
      [`/api/2/builds/?name=image-1&cursor=nonsense`, 'it is not the next_cursor of an answer'],
      [
        `/api/2/events/?name=image-1&cursor=${cursor}`,
        'it belongs to the list /api/2/builds/, not to /api/2/events/',
      ],
      [
        `/api/2/builds/?name=image-2&cursor=${cursor}`,
        'it was made with other filters; send the same as for the page before',
      ],
      [
        `/api/2/builds/?name=image-1&order_by=name&cursor=${cursor}`,
        'it belongs to the order -id, not to name',
      ],
      [`/api/2/builds/?name=image-1&page=2&cursor=${cursor}`, 'cursor and page cannot be combined'],
      [`/api/2/builds/?name=image-1&cursor=${cursor}&cursor=${cursor}`, 'it was given more than once'],
    ]
    for (const [path = '', reason] of cases)
      expect(await refused(path)).toBe(`Invalid cursor was supplied: ${reason}`)
    expect(await refused('/api/2/builds/?cursor=&per_page=0')).toContain('per_page')
  })

  it('of the reasons of another event is refused', async () => {
    const { next_cursor: cursor } = (await api.json('/api/2/events/1/why?per_page=2')).meta
    expect(await refused(`/api/2/events/2/why?cursor=${cursor}`)).toContain('not to /api/2/events/2/why')
  })
})

describe('version 1', () => {
  it('has no cursors: the argument means nothing there, as always', async () => {
    const { items, meta } = await api.json('/api/1/builds/?cursor=x&page=2&per_page=5')
    expect(items).toHaveLength(5)
    expect(Object.keys(meta)).toEqual(['first', 'last', 'next', 'page', 'pages', 'per_page', 'prev', 'total'])
    expect(meta.next).toContain('cursor=x')
  })
})
