/** The state of the whole lab as one plain object: every service reads and changes only this. */
import type { MiddlewareHandler } from 'hono'
import type { Catalogue, LabAdvisory, LabImage } from './catalogue/entry.ts'
import type { FaultRule, Service } from './fault-rule.ts'
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

/** Maps and lists are replaced as a whole at a reset: never keep a part of it, only the world. */
export type World = {
  catalogue: Catalogue
  /** Milliseconds since 1970; the lab has no other clock. */
  now: () => number
  advisories: Map<number, LabAdvisory>
  /** What Pyxis lists. A rebuilt image is not among them before it is shipped. */
  images: LabImage[]
  koji: KojiState
  odcs: OdcsState
  resultsDb: ResultsDbState
  waiverDb: WaiverDbState
  distGit: DistGitState
  /** Longest request line in bytes, for services that refuse longer ones. */
  requestLines: Partial<Record<Service, number>>
  faults: FaultRule[]
  /** HTTP requests, by `service operation`. */
  requests: Map<string, number>
  /** Koji methods, those inside a multiCall counted one by one. */
  kojiCalls: Map<string, number>
  bus: { publish: Publish; silent: boolean; sent: number; dropped: number }
  options: WorldOptions
  /** One line for each thing that happens, for a person who watches. */
  say: (line: string) => void
}

/** What a world is created with, and created with again at a reset. */
export type WorldOptions = {
  publish?: Publish
  now?: () => number
  say?: (line: string) => void
  /** Milliseconds a compose stays in `wait` and then in `generating`. */
  composeMs?: number
  /** Which image fails how many times before it builds, by image name. */
  failures?: Readonly<Record<string, ScriptedFailure>>
}

/** A world at rest; nothing moves in it before services and a builder are started on it. */
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
    requests: new Map(),
    kojiCalls: new Map(),
    bus: { publish: options.publish ?? (() => undefined), silent: false, sent: 0, dropped: 0 },
    options,
    say: options.say ?? (() => undefined),
  }
}

/**
 * Puts everything back to how the catalogue has it; running services keep working on the same object.
 * Sessions stay and task numbers go on, so that a service that is logged in does not notice, and no number comes twice.
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

/** Sends a message, unless the bus is switched silent: then it is lost, as a bus may lose one. */
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

/** Counts one more of `key`. */
export function count(counters: Map<string, number>, key: string): void {
  counters.set(key, (counters.get(key) ?? 0) + 1)
}

/** Longest request lines in bytes: Gunicorn's default, and Apache's. */
export const REQUEST_LINES = { gunicorn: 4094, apache: 8190 } as const

/** 414 for a line (`GET /path?query HTTP/1.1`) above the world's limit for the service. */
export function refuseLongRequestLines(world: World, service: Service): MiddlewareHandler {
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    const line = `${c.req.method} ${pathname}${search} HTTP/1.1`
    const limit = world.requestLines[service]
    if (limit === undefined || Buffer.byteLength(line) <= limit) return next()
    world.say(`${service}: refused a request line of ${line.length} bytes`)
    return c.html('<html><head><title>414 Request-URI Too Long</title></head></html>', 414)
  }
}
