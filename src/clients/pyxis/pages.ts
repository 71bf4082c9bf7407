/** Reads all pages of a catalogue query, in smaller ones when the catalogue cannot keep up. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { UpstreamError } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http.ts'
import { checkJson } from '../../lib/http-answer.ts'
import { type RetryRule, retryDelayMs } from '../../lib/http-retry.ts'
import type { PagedQuery } from './queries.ts'
import { pageSchema } from './schema.ts'

/** Part of a query's records, counted from 0; `until` null: to the end, wherever that is. */
type Range = { from: number; until: number | null }

/** `total` is null where the query does not count. */
type Page<T> = { records: T[]; total: number | null }

/** Reads records of one kind. Throws `UpstreamError` with the catalogue's trace id. */
export type PageReader = <R extends z.ZodType>(
  query: PagedQuery,
  record: R,
  pageSize: number,
) => Promise<z.output<R>[]>

const SLOW = 'Pyxis API was unable to fetch data from MongoDB in time'
const SMALLEST_PAGE = 5

/** Requests over `http`; `retry` rules how often the smallest page is asked for before giving up. */
export function createPageReader(http: HttpClient, retry: RetryRule): PageReader {
  async function askPage<R extends z.ZodType>(query: PagedQuery, record: R, page: number, size: number) {
    const json = { query: query.document, variables: { filter: query.filter, page, page_size: size } }
    const answer = await http.text({ label: query.field, method: 'POST', path: '', effect: 'read', json })
    const trace = String(answer.headers.trace_id ?? 'none')
    return readPage(query, record, answer.text, trace)
  }

  /** The page at `from`, as large as the catalogue can give it; `size` is what it came to. */
  async function pageAt<R extends z.ZodType>(query: PagedQuery, record: R, from: number, wantedSize: number) {
    let size = wantedSize
    for (let attempt = 1; ; ) {
      try {
        return { ...(await askPage(query, record, from / size, size)), size }
      } catch (error) {
        if (!(error instanceof UpstreamError) || !error.message.includes(SLOW)) throw error
        const smaller = smallerSize(size)
        if (smaller === null && attempt >= retry.attempts) throw error
        if (smaller === null) await sleep(retryDelayMs(retry, attempt++, Math.random()))
        size = smaller ?? size
      }
    }
  }

  /** The records of a range, page by page; a page shorter than asked for is the last. */
  async function readRange<R extends z.ZodType>(
    query: PagedQuery,
    record: R,
    range: Range,
    wantedSize: number,
  ) {
    const records: z.output<R>[] = []
    let [from, size] = [range.from, wantedSize]
    while (range.until === null || from < range.until) {
      const page = await pageAt(query, record, from, size)
      records.push(...page.records)
      if (page.records.length < page.size) break
      size = page.size
      from += size
    }
    return records
  }

  return async (query, record, wantedSize) => {
    const { records, total, size } = await pageAt(query, record, 0, wantedSize)
    if (records.length < size) return records
    const starts = Array.from({ length: Math.ceil((total ?? 0) / size) }, (_, page) => page * size).slice(1)
    const ranges =
      total === null ? [{ from: size, until: null }] : starts.map((from) => ({ from, until: from + size }))
    const others = await Promise.all(ranges.map((range) => readRange(query, record, range, size)))
    return [...records, ...others.flat()]
  }
}

/** The next smaller size that divides this one, so that no record falls between pages; null: it is small enough. */
export function smallerSize(size: number): number | null {
  const divisor = [2, 3, 5, 7].find((prime) => size % prime === 0 && size / prime >= SMALLEST_PAGE)
  return divisor === undefined ? null : size / divisor
}

function readPage<R extends z.ZodType>(
  query: PagedQuery,
  record: R,
  text: string,
  trace: string,
): Page<z.output<R>> {
  const origin = { service: 'pyxis', what: query.field }
  const envelope = z.object({
    data: z.object({ [query.field]: pageSchema(record).nullish() }).nullish(),
    errors: z.array(z.object({ message: z.string() })).nullish(),
  })
  const { data, errors } = checkJson(origin, envelope, text)
  const page = data?.[query.field]
  const refusal = errors?.[0]?.message ?? page?.error?.detail ?? (page?.error ? 'no detail' : undefined)
  if (refusal !== undefined) throw failed(query, refusal, trace, page?.error?.status)
  if (!page) throw failed(query, 'no data', trace)
  return { records: page.data ?? [], total: page.total ?? null }
}

function failed({ field }: PagedQuery, detail: string, trace: string, status?: number | null): UpstreamError {
  const kind = detail.includes(SLOW) ? 'timeout' : 'status'
  return new UpstreamError('pyxis', kind, `${field}: ${detail} (trace_id ${trace})`, status ?? undefined)
}
