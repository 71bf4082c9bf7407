/** The state of the whole lab as one plain object, which is all that the services read and change. */
import type { MiddlewareHandler } from 'hono'
import type { Catalogue, LabAdvisory, LabImage } from './catalogue/entry.ts'
import type { FaultRule, Service } from './fault-rule.ts'
import type { Mutate } from './mutate.ts'
import { createDistGitState, type DistGitState } from './services/distgit/state.ts'
import type { ScriptedFailure } from './services/koji/records.ts'
import { createKojiState, type KojiState } from './services/koji/state.ts'
import { createOdcsState, type OdcsState } from './services/odcs/state.ts'
import { createResultsDbState, type ResultsDbState } from './services/resultsdb/state.ts'
import { createWaiverDbState, type WaiverDbState } from './services/waiverdb/state.ts'

/** How the lab hands a message to a bus: the body is text, usually JSON. */
type Publish = (
  topic: string,
  body: string,
  options?: { properties?: Record<string, unknown>; messageId?: string },
) => unknown

/** Formats of messages about results: those of ResultsDB, or those of taskotron. */
export const RESULT_FORMATS = ['resultsdb', 'taskotron'] as const
/** What messages about results and waivers are wrapped in. */
export const ENVELOPES = ['none', 'fedmsg', 'umb'] as const

/** The selected format of results, and the selected envelope. */
export type NewsFormat = { results: (typeof RESULT_FORMATS)[number]; envelope: (typeof ENVELOPES)[number] }

/** A reset replaces maps and lists as a whole: keep a reference to the world only, never to a part of it. */
export type World = {
  catalogue: Catalogue
  /** The lab's only clock: milliseconds since 1970. */
  now: () => number
  advisories: Map<number, LabAdvisory>
  /** The images that Pyxis lists. A rebuilt image is not listed before it ships. */
  images: LabImage[]
  koji: KojiState
  odcs: OdcsState
  resultsDb: ResultsDbState
  waiverDb: WaiverDbState
  distGit: DistGitState
  /** Maximum length of a request line in bytes, for the services that have a limit. */
  requestLines: Partial<Record<Service, number>>
  faults: FaultRule[]
  /** Changes every answer before it is sent; null: answers are correct. */
  mutate: Mutate | null
  /** HTTP requests, by `service operation`. */
  requests: Map<string, number>
  /** The same, by everything that a request carries: `koji multiCall getBuild getTaskInfo`. */
  requestContents: Map<string, number>
  /** Koji methods, those inside a multiCall counted one by one. */
  kojiCalls: Map<string, number>
  bus: { publish: Publish; silent: boolean; sent: number; dropped: number; format: NewsFormat }
  options: WorldOptions
  /** Receives one line for each event in the lab. */
  log: (line: string) => void
}

/** What a world is created from, also at a reset. */
export type WorldOptions = {
  publish?: Publish
  now?: () => number
  log?: (line: string) => void
  /** Milliseconds a compose stays in `wait` and then in `generating`. */
  composeMs?: number
  /** By image name: how often its build fails before it succeeds. */
  failures?: Readonly<Record<string, ScriptedFailure>>
}

/** A world in its initial state; nothing happens in it until services and a builder are started on it. */
export function createWorld(catalogue: Catalogue, options: WorldOptions = {}): World {
  const now = options.now ?? Date.now
  return {
    catalogue,
    now,
    advisories: new Map(catalogue.advisories.map((advisory) => [advisory.id, advisory])),
    images: [...catalogue.images],
    koji: createKojiState(catalogue, now(), options.failures ?? {}),
    odcs: createOdcsState(catalogue, options.composeMs ?? 200, now()),
    resultsDb: createResultsDbState(),
    waiverDb: createWaiverDbState(),
    distGit: createDistGitState(),
    requestLines: {
      resultsdb: REQUEST_LINES.gunicorn,
      waiverdb: REQUEST_LINES.gunicorn,
      distgit: REQUEST_LINES.apache,
    },
    faults: [],
    mutate: null,
    requests: new Map(),
    requestContents: new Map(),
    kojiCalls: new Map(),
    bus: {
      publish: options.publish ?? (() => undefined),
      silent: false,
      sent: 0,
      dropped: 0,
      format: { results: 'resultsdb', envelope: 'none' },
    },
    options,
    log: options.log ?? (() => undefined),
  }
}

/**
 * Restores the state of the catalogue; running services continue with the same object. Sessions survive and task
 * numbers continue, so that a logged-in service does not notice the reset and no number is used twice.
 */
export function resetWorld(world: World): void {
  const { sessions, next, wakeBuilder, acceptNegotiate } = world.koji
  for (const timer of world.odcs.timers) clearTimeout(timer)
  Object.assign(world, createWorld(world.catalogue, world.options))
  Object.assign(world.koji, { sessions, wakeBuilder, acceptNegotiate })
  world.koji.next = {
    ...world.koji.next,
    task: Math.max(next.task, world.koji.next.task),
    session: next.session,
  }
  wakeBuilder()
}

/** Publishes a message. While the bus is `silent` the message is lost, as real buses lose messages. */
export function publish(
  world: World,
  topic: string,
  body: Record<string, unknown>,
  properties: Record<string, unknown> = {},
): void {
  if (world.bus.silent) {
    world.bus.dropped += 1
    return
  }
  world.bus.sent += 1
  world.bus.publish(topic, JSON.stringify(body), { properties })
}

/** Adds one to the counter of `key`. */
export function count(counters: Map<string, number>, key: string): void {
  counters.set(key, (counters.get(key) ?? 0) + 1)
}

/** Maximum length of a request line in bytes, by default, in Gunicorn and in Apache. */
export const REQUEST_LINES = { gunicorn: 4094, apache: 8190 } as const

/** Answers 414 when the request line (`GET /path?query HTTP/1.1`) is longer than the world's limit for the service. */
export function refuseLongRequestLines(world: World, service: Service): MiddlewareHandler {
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    const line = `${c.req.method} ${pathname}${search} HTTP/1.1`
    const limit = world.requestLines[service]
    if (limit === undefined || Buffer.byteLength(line) <= limit) return next()
    world.log(`${service}: refused a request line of ${line.length} bytes`)
    return c.html('<html><head><title>414 Request-URI Too Long</title></head></html>', 414)
  }
}
