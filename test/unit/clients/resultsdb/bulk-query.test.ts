/** Checks how queries are packed into requests: short enough, complete, and few. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BulkOptions, bulkQueries } from '../../../../src/clients/resultsdb/bulk-query.ts'
import type { ResultQuery } from '../../../../src/domain/gate/facts/result-selection.ts'

const OPTIONS: BulkOptions = { distinctOn: ['scenario', 'arch'], since: null, maxLength: 1000 }
const TYPE = 'koji_build,brew-build'

function build(item: string, testCases: ResultQuery['testCases'] = ['t1', 't2']): ResultQuery {
  return { keys: { item, type: TYPE }, testCases }
}

/** The query strings only. */
function searchesFor(queries: readonly ResultQuery[], options: BulkOptions): string[] {
  return bulkQueries(queries, options).map(({ search }) => search)
}

/** The parameters of a query string as the server reads them. */
function read(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

describe('one query', () => {
  it('is sent exactly as the original sends it', () => {
    expect(searchesFor([build('a-1-1')], OPTIONS)).toEqual([
      'item=a-1-1&type=koji_build,brew-build&_distinct_on=scenario,arch&testcases=t1,t2',
    ])
  })

  it('for all test cases names none, and one about the past names its end', () => {
    expect(
      searchesFor([build('a-1-1', 'all')], {
        ...OPTIONS,
        since: '1900-01-01T00:00:00.0,2021-05-01T00:00:00.1',
      }),
    ).toEqual([
      'item=a-1-1&type=koji_build,brew-build&_distinct_on=scenario,arch&since=1900-01-01T00%3A00%3A00.0,2021-05-01T00%3A00%3A00.1',
    ])
  })

  it('encodes characters with a meaning in URLs, and replaces lone surrogates', () => {
    const [search = ''] = searchesFor([build('a&b=c+d%#é\u0000'), build('\ud800')], OPTIONS)
    expect(read(search).item).toBe('a&b=c+d%#é\u0000,\ufffd')
  })

  it('that is too long is sent nevertheless: the server will refuse it', () => {
    expect(searchesFor([build('x'.repeat(2000))], OPTIONS)).toHaveLength(1)
  })
})

describe('many queries', () => {
  it('with the same keys are one request, distinct on the key in which they differ', () => {
    const [search = '', ...rest] = searchesFor([build('a-1-1'), build('b-1-1')], OPTIONS)
    expect(rest).toEqual([])
    expect(read(search)).toEqual({
      item: 'a-1-1,b-1-1',
      type: TYPE,
      _distinct_on: 'scenario,arch,item',
      testcases: 't1,t2',
    })
  })

  it('of different types are one request too, distinct on both keys', () => {
    const container: ResultQuery = { keys: { item: 'c-1-1', type: 'container' }, testCases: ['t1'] }
    const [search = ''] = searchesFor([container, build('a-1-1')], OPTIONS)
    expect(read(search)).toMatchObject({
      item: 'c-1-1,a-1-1',
      type: `container,${TYPE}`,
      _distinct_on: 'scenario,arch,item,type',
    })
  })

  it('with different keys are different requests', () => {
    const old: ResultQuery = { keys: { original_spec_nvr: 'a-1-1' }, testCases: ['t1'] }
    expect(searchesFor([build('a-1-1'), old, build('b-1-1')], OPTIONS)).toHaveLength(2)
  })

  it('are not joined when no key distinguishes results', () => {
    expect(searchesFor([build('a-1-1'), build('b-1-1')], { ...OPTIONS, distinctOn: [] })).toHaveLength(2)
  })

  it('with many test cases name none of them rather than become many requests', () => {
    const names = (start: number) =>
      Array.from({ length: 20 }, (_none, n) => `distribution.test.number${start + n}`)
    const searches = searchesFor([build('a-1-1', names(0)), build('b-1-1', names(20))], OPTIONS)
    expect(searches.map((search) => read(search).testcases)).toEqual([undefined])
  })

  it('with few test cases keep naming them next to one for all test cases', () => {
    const many = Array.from({ length: 60 }, (_none, n) => build(`package-${n}-1-1`))
    const searches = searchesFor([...many, build('z-1-1', 'all')], OPTIONS)
    const named = searches.filter((search) => read(search).testcases === 't1,t2')
    expect(named.length).toBe(searches.length - 1)
  })
})

const resultQuery = fc.record({
  keys: fc.oneof(
    fc.record({ item: fc.string({ minLength: 20, maxLength: 40 }), type: fc.constantFrom(TYPE, 'compose') }),
    fc.record({ nvr: fc.string({ minLength: 20, maxLength: 40 }) }),
  ),
  testCases: fc.oneof(
    fc.constant('all' as const),
    fc.array(
      fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !name.includes(',')),
      { minLength: 1, maxLength: 6 },
    ),
  ),
})

describe('the requests for any queries', () => {
  it('cover each query once, with the query string that it needs', () => {
    fc.assert(
      fc.property(fc.array(resultQuery, { maxLength: 30 }), (queries) => {
        const bulks = bulkQueries(queries, { ...OPTIONS, maxLength: 700 })
        const held = bulks.flatMap((bulk) => bulk.covers)
        expect([held.length, new Set(held)]).toEqual([queries.length, new Set(queries)])
        for (const bulk of bulks) {
          const alone = searchesFor(bulk.covers, { ...OPTIONS, maxLength: 700 })
          expect(alone).toEqual([bulk.search])
        }
      }),
    )
  })

  it('are never longer than the limit', () => {
    fc.assert(
      fc.property(
        fc.array(resultQuery, { minLength: 20, maxLength: 60, size: 'max' }),
        fc.integer({ min: 600, max: 900 }),
        (queries, maxLength) => {
          for (const search of searchesFor(queries, { ...OPTIONS, maxLength }))
            expect(search.length).toBeLessThanOrEqual(maxLength)
        },
      ),
    )
  })

  it('match each query, with at least its test cases', () => {
    fc.assert(
      fc.property(fc.array(resultQuery, { maxLength: 30 }), (queries) => {
        const sent = searchesFor(queries, OPTIONS).map(read)
        for (const { keys, testCases } of queries)
          expect(sent.some((search) => covers(search, keys, testCases))).toBe(true)
      }),
    )
  })
})

function covers(
  search: Record<string, string>,
  keys: ResultQuery['keys'],
  testCases: ResultQuery['testCases'],
): boolean {
  const holds = (key: string, values: readonly string[]) =>
    values.every((value) => search[key]?.split(',').includes(value.toWellFormed()))
  const named = search.testcases === undefined || (testCases !== 'all' && holds('testcases', testCases))
  return named && Object.entries(keys).every(([key, value]) => holds(key, value.split(',')))
}
