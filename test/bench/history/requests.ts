/** The timed requests: those that operators and tools send to a service with a long history. */
import { writeCursor } from '../../../src/api/lists/cursor.ts'
import { byId } from '../../../src/db/queries/records/list-sql.ts'
import { HISTORY } from './history.ts'

/** `n` counts the requests of a kind from 0, so that they do not all read the same rows. */
export type TimedRequest = { what: string; path: (n: number) => string }

const { events, builds, names } = HISTORY
const PER_PAGE = 10
/** Spreads the numbers 0, 1, 2 ... over 1 to `max`. */
const spread = (n: number, max: number) => 1 + ((n * 7919) % max)
/** The NVR of the first build of an event. */
const nvrOf = (event: number) => `image-${(37 + event * 11) % names}-container-1.0-${event}`

/** A walk by cursor that has reached this id, newest first. */
const walkAt = (path: string, id: number) => {
  const scope = { path, query: new URLSearchParams(), order: byId('id', { descending: true }) }
  return `${path}?cursor=${writeCursor(scope, { key: id, id })}`
}

/** Lists of events and single events, in both API versions: 1 includes all builds, 2 only their number. */
const EVENTS: readonly TimedRequest[] = [
  { what: 'events v1, first page', path: () => '/api/1/events/' },
  { what: 'events v2, first page', path: () => '/api/2/events/' },
  { what: 'events v1, page 1000', path: (n) => `/api/1/events/?page=${1000 + n}` },
  { what: 'events v2, page 1000', path: (n) => `/api/2/events/?page=${1000 + n}` },
  { what: 'events v1, last page', path: () => `/api/1/events/?page=${events / PER_PAGE}` },
  { what: 'events v2, last page', path: () => `/api/2/events/?page=${events / PER_PAGE}` },
  { what: 'events v2, middle page', path: (n) => `/api/2/events/?page=${events / PER_PAGE / 2 - n}` },
  { what: 'events v2, by cursor', path: (n) => walkAt('/api/2/events/', events / 2 - PER_PAGE * n) },
  { what: 'events v1, 100 a page', path: (n) => `/api/1/events/?per_page=100&page=${1 + n}` },
  { what: 'events v2, of a common state', path: (n) => `/api/2/events/?state=COMPLETE&page=${1 + n}` },
  { what: 'events v2, of a rare state', path: () => '/api/2/events/?state=BUILDING' },
  {
    what: 'events v2, of a search key',
    path: (n) => `/api/2/events/?search_key=${100_000 + spread(n, 99_999)}`,
  },
  { what: 'events v2, by message id', path: (n) => `/api/2/events/?order_by=message_id&page=${1 + n}` },
  { what: 'event v1', path: (n) => `/api/1/events/${spread(n, events)}` },
  { what: 'event v1 with 308 builds', path: (n) => `/api/1/events/${300 * spread(n, events / 300)}` },
  { what: 'event v2 with 308 builds', path: (n) => `/api/2/events/${300 * spread(n, events / 300)}` },
]

const BUILDS: readonly TimedRequest[] = [
  { what: 'builds, first page', path: () => '/api/2/builds/' },
  { what: 'builds, page 1000', path: (n) => `/api/2/builds/?page=${1000 + n}` },
  { what: 'builds, last page', path: () => `/api/2/builds/?page=${builds / PER_PAGE}` },
  { what: 'builds, middle page', path: (n) => `/api/2/builds/?page=${builds / PER_PAGE / 2 - n}` },
  { what: 'builds, by cursor', path: (n) => walkAt('/api/2/builds/', builds / 2 - PER_PAGE * n) },
  { what: 'builds of a name', path: (n) => `/api/2/builds/?name=image-${spread(n, names - 1)}-container` },
  { what: 'builds of a common state', path: (n) => `/api/2/builds/?state=DONE&page=${1 + n}` },
  {
    what: 'builds of a common state, middle page',
    path: (n) => `/api/2/builds/?state=DONE&page=${builds / PER_PAGE / 2 - n}`,
  },
  { what: 'builds of a rare state', path: () => '/api/2/builds/?state=BUILD' },
  {
    what: 'builds of a name and state',
    path: (n) => `/api/2/builds/?state=FAILED&name=image-${spread(n, names - 1)}-container`,
  },
  {
    what: 'builds of a search key',
    path: (n) => `/api/2/builds/?event_search_key=${100_000 + spread(n, 99_999)}`,
  },
  {
    what: 'builds of an original NVR',
    path: (n) => `/api/2/builds/?original_nvr=${nvrOf(spread(n, events))}`,
  },
  { what: 'builds by name', path: (n) => `/api/2/builds/?order_by=name&page=${1 + n}` },
  {
    what: 'builds by rebuilt NVR, last first',
    path: (n) => `/api/2/builds/?order_by=-rebuilt_nvr&page=${1 + n}`,
  },
  { what: 'build', path: (n) => `/api/2/builds/${spread(n, builds)}` },
]

/** All timed requests. */
export const TIMED_REQUESTS: readonly TimedRequest[] = [...EVENTS, ...BUILDS]
