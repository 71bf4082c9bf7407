/** Reads the query string of a listing (behaviour/greenwave 8.2). */

/** Any other parameter is a filter on the results' data. */
const PARAMETERS = [
  'page',
  'limit',
  '_sort',
  'since',
  'outcome',
  'groups',
  'testcases',
  'testcases:like',
  '_distinct_on',
  'callback',
]

/** One filter on data: the key must have one of the values, or a value that matches one of the patterns. */
export type DataFilter = { key: string; values: ReadonlySet<string>; like: boolean }

/** Filters are joined by AND, except that a test case must match only one of its two filters. */
export type ResultsQuery = {
  testCases: readonly string[] | null
  testCasesLike: readonly string[] | null
  outcomes: readonly string[] | null
  groups: readonly string[] | null
  /** Both ends inclusive, in the form of `submittedAt`. */
  since: { start: string; end: string | null } | null
  data: readonly DataFilter[]
  distinctOn: readonly string[]
  sort: 'asc' | 'desc' | 'none'
  page: number
  limit: number
}

/** Repeated parameters are merged, each is a comma-separated list. A text is the reason for refusing the query. */
export function readResultsQuery(
  queries: Readonly<Record<string, string[]>>,
  knownOutcomes: readonly string[],
): ResultsQuery | string {
  const list = (name: string) => queries[name]?.flatMap((text) => text.split(',')) ?? null
  const since = readSince(queries.since?.at(-1))
  if (since === 'bad') return 'since: must be in ISO8601 format'
  const outcomes = list('outcome')?.map((outcome) => outcome.toUpperCase()) ?? null
  if (outcomes?.some((outcome) => !knownOutcomes.includes(outcome)))
    return `outcome: must be one of: ${knownOutcomes.join(', ')}`
  return {
    testCases: list('testcases'),
    testCasesLike: list('testcases:like'),
    outcomes,
    groups: list('groups'),
    since,
    data: Object.keys(queries)
      .filter((name) => !PARAMETERS.includes(name))
      .map((name) => ({
        key: name.replace(/:like$/, ''),
        values: new Set(list(name)),
        like: name.endsWith(':like'),
      })),
    distinctOn: (list('_distinct_on') ?? []).filter((key) => key !== ''),
    sort: readSort(queries._sort?.at(-1)),
    page: readNumber(queries.page?.at(-1), 0),
    limit: readNumber(queries.limit?.at(-1), 20),
  }
}

/** Whether the query has any filter. */
export function hasFilter(query: ResultsQuery): boolean {
  return (
    query.testCases !== null ||
    query.testCasesLike !== null ||
    query.groups !== null ||
    query.since !== null ||
    query.data.length > 0
  )
}

/** The time zone is dropped, not converted, as in the original; null for a text that is not a valid time. */
export function toMicroseconds(text: string): string | null {
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,6}))?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text)
  if (!match) return null
  const second = `${match[1]}T${match[2] ?? '00:00'}${match[3] ?? ':00'}`
  return isPossible(second) ? `${second}.${(match[4] ?? '').padEnd(6, '0')}` : null
}

/** Formatting turns an impossible date such as the 30th of February into another one. */
function isPossible(second: string): boolean {
  const time = new Date(`${second}Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(second)
}

function readSince(text: string | undefined): ResultsQuery['since'] | 'bad' {
  if (text === undefined) return null
  const [from = '', to] = text.split(',')
  const start = toMicroseconds(from)
  const end = to ? toMicroseconds(to) : null
  return start === null || (to && end === null) ? 'bad' : { start, end }
}

function readSort(text: string | undefined): ResultsQuery['sort'] {
  if (text === 'asc:submit_time') return 'asc'
  return text === 'disable_sorting' ? 'none' : 'desc'
}

function readNumber(text: string | undefined, fallback: number): number {
  const number = Number(text ?? fallback)
  return Number.isInteger(number) && number >= 0 ? number : fallback
}
