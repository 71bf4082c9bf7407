/** Reads all pages of a catalogue query, in smaller ones when the catalogue cannot keep up or a page is larger than is read. A counted list is whole or an error. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { isTransient, UpstreamError } from '../../lib/errors.ts'
import { checkAnswer, checkJson } from '../../lib/http/answer.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import { isTooLarge } from '../../lib/http/failure.ts'
import type { HttpAnswer, HttpRequest } from '../../lib/http/request.ts'
import { type RetryRule, retryDelayMs } from '../../lib/http/retry.ts'
import { checkPages, idsOf, type PagedList, readWhole } from '../../lib/http/whole-list.ts'
import { type ReportUnreadable, unreadableIn } from '../../lib/records.ts'
import type { PagedQuery } from './queries.ts'
import { pageSchema } from './schema.ts'

/** Part of a query's records, counted from 0; `until` null: to the end, wherever that is. */
type Range = { from: number; until: number | null }

/** `total` is null where the query does not count; `size`: how many records the page has room for. */
type Page<T> = { records: T[]; ids: string[]; total: number | null; size: number }

/** Records of several pages, with their ids, and the totals that these have. */
type PartOfList<T> = { records: T[] } & Pick<PagedList, 'ids' | 'totals'>

/**
 * What to do when the catalogue takes too long. `none`: the caller gets the timeout immediately, as it can request less; `some`: smaller
 * pages are tried first; `all`: and the smallest page repeatedly. An answer above the size limit always leads to smaller pages.
 */
export type PagePatience = 'none' | 'some' | 'all'

/** How to read; `size` is that of the first page. */
export type PageOptions = { size: number; patience: PagePatience }

/** Reads records of one kind. Throws `UpstreamError` with the catalogue's trace id. */
export type PageReader = <R extends z.ZodType>(
  query: PagedQuery,
  record: R,
  reading: PageOptions,
) => Promise<z.output<R>[]>

const SLOW = 'Pyxis API was unable to fetch data from MongoDB in time'
const SMALLEST_PAGE = 5

/** Whether the catalogue took too long, in its own words or in silence. */
export function isSlow(error: unknown): boolean {
  return error instanceof UpstreamError && (error.failure === 'timeout' || error.status === 504)
}

/** Requests over `http`; `retry` limits how often the smallest page is requested. */
export function createPageReader(http: HttpClient, retry: RetryRule, report?: ReportUnreadable): PageReader {
  /** A timeout is not worth repeating while a smaller page can be requested; any other failure is. */
  async function send(request: HttpRequest, isPatient: boolean): Promise<HttpAnswer> {
    if (isPatient) return http.text(request)
    try {
      return await http.text({ ...request, attempts: 1 })
    } catch (error) {
      if (isSlow(error) || isTooLarge(error) || !isTransient(error)) throw error
      return http.text(request)
    }
  }

  async function fetchPage<R extends z.ZodType>(
    { document, filter, field }: PagedQuery,
    record: R,
    { page, size }: { page: number; size: number },
    isPatient: boolean,
  ): Promise<Page<z.output<R>>> {
    const json = { query: document, variables: { filter, page, page_size: size } }
    const request: HttpRequest = {
      label: field,
      method: 'POST',
      path: '',
      effect: 'read',
      isFixedAddress: true,
      json,
    }
    const answer = await send(request, isPatient)
    const read = readPage(field, record, answer.text, String(answer.headers.trace_id ?? 'none'))
    const result = { ...read, size: Math.min(size, read.size ?? size) }
    const unreadable = result.records.flatMap((read, index) =>
      unreadableIn(read).map(({ path, message }) => ({ path: `${index}.${path}`, message })),
    )
    if (unreadable.length > 0) report?.({ service: 'pyxis', what: field, unreadable })
    return result
  }

  /** The page at `from`, as large as the catalogue can and will send it; `size`: the size that it finally had. */
  async function pageAt<R extends z.ZodType>(
    query: PagedQuery,
    record: R,
    from: number,
    reading: PageOptions,
  ) {
    const { patience } = reading
    let { size } = reading
    for (let attempt = 1; ; ) {
      const smaller = smallerSize(size)
      try {
        const isLast = smaller === null && patience === 'all'
        return await fetchPage(query, record, { page: from / size, size }, isLast)
      } catch (error) {
        // A missing answer does not show whether the page was too large: the caller may request less.
        const isSlowPage = patience === 'all' ? isSlow(error) : patience === 'some' && saysSlow(error)
        const canShrink = smaller !== null && (isSlowPage || isTooLarge(error))
        const canWait = smaller === null && patience === 'all' && saysSlow(error) && attempt < retry.attempts
        if (!canShrink && !canWait) throw error
        if (canWait) await sleep(retryDelayMs(retry, attempt++, Math.random()))
        size = smaller ?? size
      }
    }
  }

  /** The records of a range, page by page; a page shorter than requested is the last, or one that only repeats what came before. */
  async function readRange<R extends z.ZodType>(
    query: PagedQuery,
    record: R,
    range: Range,
    reading: PageOptions,
  ): Promise<PartOfList<z.output<R>>> {
    const records: z.output<R>[] = []
    const ids: string[] = []
    const seen = new Set<string>()
    const totals: number[] = []
    let [from, size, pages] = [range.from, reading.size, 0]
    while (range.until === null || from < range.until) {
      checkPages(nameOf(query), ++pages)
      const page = await pageAt(query, record, from, { ...reading, size })
      const isRepeated = page.ids.length > 0 && page.ids.every((id) => seen.has(id))
      records.push(...page.records)
      ids.push(...page.ids)
      for (const id of page.ids) seen.add(id)
      if (page.total !== null) totals.push(page.total)
      if (page.records.length < page.size || isRepeated) break
      size = page.size
      from += size
    }
    return { records, ids, totals }
  }

  /** Reads all records. Without a total, a page shorter than requested is the last; with one, it need not be. */
  async function readAll<R extends z.ZodType>(
    query: PagedQuery,
    record: R,
    wanted: PageOptions,
  ): Promise<PartOfList<z.output<R>>> {
    const { records, ids, total, size } = await pageAt(query, record, 0, wanted)
    const reading = { ...wanted, size }
    if (total === null && records.length < size) return { records, ids, totals: [] }
    checkPages(nameOf(query), (total ?? 0) / size)
    const starts = Array.from({ length: Math.ceil((total ?? 0) / size) }, (_, page) => page * size).slice(1)
    const ranges =
      total === null ? [{ from: size, until: null }] : starts.map((from) => ({ from, until: from + size }))
    const others = await Promise.all(ranges.map((range) => readRange(query, record, range, reading)))
    return {
      records: [...records, ...others.flatMap((other) => other.records)],
      ids: [...ids, ...others.flatMap((other) => other.ids)],
      totals: [...(total === null ? [] : [total]), ...others.flatMap((other) => other.totals)],
    }
  }

  return async (query, record, wanted) => {
    const list = await readWhole(nameOf(query), async () => {
      const part = await readAll(query, record, wanted)
      return { ...part, count: part.records.length }
    })
    return list?.records ?? []
  }
}

function nameOf({ field }: PagedQuery) {
  return { service: 'pyxis', what: field }
}

/** The next smaller size that divides this one, so that no record falls between pages; null: it is small enough. */
export function smallerSize(size: number): number | null {
  const divisor = [2, 3, 5, 7].find((prime) => size % prime === 0 && size / prime >= SMALLEST_PAGE)
  return divisor === undefined ? null : size / divisor
}

/** What every answer has; what is below a field is about its query, which may name a single thing. */
const envelopeSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string() })).nullish(),
})

/** The records as they were sent, which have their ids. */
const listSchema = z.object({ data: z.array(z.unknown()) })

function readPage<R extends z.ZodType>(
  field: PagedQuery['field'],
  record: R,
  text: string,
  trace: string,
): Omit<Page<z.output<R>>, 'size'> & { size: number | null } {
  const origin = { service: 'pyxis', what: field }
  const { data, errors } = checkJson({ ...origin, isFixedAddress: true }, envelopeSchema, text)
  const page = checkAnswer(origin, pageSchema(record).nullish(), data?.[field])
  const refusal = errors?.[0]?.message ?? page?.error?.detail ?? (page?.error ? 'no detail' : undefined)
  if (refusal !== undefined) throw failed(field, refusal, trace, page?.error?.status)
  if (!page?.data) throw failed(field, 'no data', trace)
  return {
    records: page.data,
    ids: idsOf(listSchema.parse(data?.[field]).data),
    total: page.total ?? null,
    size: page.page_size ?? null,
  }
}

function saysSlow(error: unknown): boolean {
  return error instanceof UpstreamError && error.message.includes(SLOW)
}

function failed(field: string, detail: string, trace: string, status?: number | null): UpstreamError {
  const kind = detail.includes(SLOW) ? 'timeout' : 'status'
  return new UpstreamError({
    service: 'pyxis',
    failure: kind,
    detail: `${field}: ${detail} (trace_id ${trace})`,
    status: status ?? undefined,
  })
}
