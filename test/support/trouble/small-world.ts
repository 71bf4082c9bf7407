/** A small world with a pipeline in which one event after the other meets trouble: three images, one on the other. */
import type { Catalogue, LabAdvisory } from '../../../lab/catalogue/entry.ts'
import { FIXED_OPENSSL } from '../../../lab/catalogue/streams.ts'
import type { World } from '../../../lab/world.ts'
import type { Api } from '../../../src/api/api.ts'
import { createApp } from '../../../src/api/app.ts'
import type { EndedEvent } from '../events.ts'
import { type Pipeline, startPipeline } from '../pipeline.ts'
import { startRedis } from '../redis.ts'
import { smallCatalogue } from '../small-catalogue.ts'
import { startWorld, type TestWorld } from '../world.ts'

/** The images, each built on the one before it. */
export const IMAGES = ['base-container-1-1', 'middle-container-1-1', 'top-container-1-1'] as const
const [BASE, MIDDLE, TOP] = IMAGES

export type SmallWorld = {
  world: TestWorld
  pipeline: Pipeline
  app: Api
  /** A new advisory about the same images, not shipped yet. */
  addAdvisory(): number
  stop(): Promise<void>
}

/** Calls are made once and jobs return after a second, so that trouble is met, and over, soon. */
export const WORLD_SETTINGS = `
request_attempts: 1
koji_retry: 0
requests_timeout: 1
koji_timeout: 1
koji_batch_ms: 5
`
const INTERVALS = { POLL_INTERVAL_MS: '250', SWEEP_INTERVAL_MS: '1000' }
const FIRST_ADVISORY = 140_001
/** Ids of composes that one event has for itself begin with this; those of others are 101. */
export const OWN_COMPOSE = 77_000

/**
 * A catalogue with which every service is used: the composes of the original images lack their content, and the hub lists
 * the RPMs of the last image only in part.
 */
export function smallImages(): Catalogue {
  const catalogue = smallCatalogue([
    { nvr: BASE },
    { nvr: MIDDLE, from: BASE },
    { nvr: TOP, from: MIDDLE, unimportedRpms: ['openssl-libs'] },
  ])
  const composes = catalogue.composes.map((compose) => ({ ...compose, source: 'something-else' }))
  return { ...catalogue, composes }
}

/** Messages about tasks and composes are lost, so that all ends are found by polls. */
export async function startSmallWorld(): Promise<SmallWorld> {
  const world = await startWorld({ catalogue: smallImages(), composeMs: 20 })
  world.bus.dropMatching(({ topic }) => /brew\.task|odcs/.test(topic))
  const redis = await startRedis()
  const pipeline = await startPipeline(world, { redisUrl: redis.url, file: WORLD_SETTINGS, env: INTERVALS })
  let nextId = FIRST_ADVISORY
  return {
    world,
    pipeline,
    app: createApp(pipeline.ctx),
    addAdvisory: () => {
      const advisory = advisoryLike(world.lab.world, nextId)
      nextId += 1
      world.lab.world.advisories.set(advisory.id, advisory)
      return advisory.id
    },
    stop: async () => {
      await pipeline.stop()
      await redis.stop()
      await world.stop()
    },
  }
}

function advisoryLike({ catalogue }: World, id: number): LabAdvisory {
  const [critical] = catalogue.advisories
  if (!critical) throw new Error('The catalogue has no advisory.')
  const builds = critical.builds.filter(({ rpms }) => rpms[0]?.release === FIXED_OPENSSL.el8[0]?.release)
  return { ...critical, id, number: `2026:${id}-01`, builds }
}

/** What an event came to, without the numbers and times that differ from event to event. */
export async function outcomeOf({ pipeline, app }: SmallWorld, event: EndedEvent): Promise<unknown> {
  const sql = 'select findings, fixed_rpms from event_findings where event_id = ?'
  const found = await pipeline.ctx.db.fork().execute<object[]>(sql, [event.id])
  const why = await readWhy(app, event.id)
  const outcome = {
    state: event.state,
    reason: event.stateReason,
    builds: event.builds.map(({ originalNvr, state, stateReason, args }) => ({
      originalNvr,
      state,
      stateReason,
      tries: args.retry_count ?? 0,
    })),
    why: why.items.map(({ nvr, outcome, rule, reason, build }) => ({
      nvr,
      outcome,
      rule,
      reason,
      note: build?.note,
    })),
    found,
  }
  const text = JSON.stringify(outcome).replaceAll(/\b14\d{4}\b/g, 'ADVISORY')
  return JSON.parse(text.replaceAll(new RegExp(`\\b${OWN_COMPOSE / 1000}\\d{3}\\b`, 'g'), '101'))
}

type Why = {
  items: {
    nvr: string
    outcome: string
    rule: string
    reason: string
    build: { note: string | null } | null
  }[]
  waiting: { service: string | null; build_id: number | null; reason: string }[]
}

/** The reasons of an event, and what it waits for. */
export async function readWhy(app: Api, eventId: number): Promise<Why> {
  const answer = await app.request(`/api/2/events/${eventId}/why?per_page=100`)
  return (await answer.json()) as Why // documented in the API
}
