/** A small world with a pipeline, in which events meet trouble one after the other: three images, built on each other. */
import type { Catalogue, LabAdvisory } from '../../../lab/catalogue/entry.ts'
import { bundleOf, OPERATOR_INDICES } from '../../../lab/catalogue/images-bundles.ts'
import { FLATPAK_IMAGES } from '../../../lab/catalogue/images-flatpaks.ts'
import { FIXED_OPENSSL } from '../../../lab/catalogue/streams.ts'
import { signAdvisory } from '../../../lab/services/errata/sign.ts'
import type { Api } from '../../../src/api/api.ts'
import { createApp } from '../../../src/api/app.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { makeEvent } from '../../factories.ts'
import type { EndedEvent } from '../database/events.ts'
import { startWorld, type TestWorld } from '../lab/world.ts'
import { type Pipeline, startPipeline } from '../pipeline.ts'
import { smallCatalogue } from '../rebuild/small-catalogue.ts'
import { startRedis } from '../servers/redis.ts'
import type { Subject } from './stages.ts'

/** The images, each built on the one before it. */
export const IMAGES = ['base-container-1-1', 'middle-container-1-1', 'top-container-1-1'] as const
const [BASE, MIDDLE, TOP] = IMAGES

export type SmallWorld = {
  world: TestWorld
  pipeline: Pipeline
  app: Api
  /** A new advisory about the same images, not shipped yet. */
  addAdvisory(subject: Subject): number
  /** Starts the event of an advisory. */
  begin(advisory: number, subject: Subject): Promise<void>
  stop(): Promise<void>
}

/** Calls are not repeated and jobs are retried after a second, so that trouble begins and ends quickly. */
export const WORLD_SETTINGS = `
request_attempts: 1
koji_retry: 0
requests_timeout: 1
koji_timeout: 1
koji_requests_per_second: 1000
`
const INTERVALS = { POLL_INTERVAL_MS: '250', SWEEP_INTERVAL_MS: '1000' }
const FIRST_ADVISORY = 140_001
/** Ids of composes that belong to a single event follow this one; the shared compose has the id 101. */
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
    { ...BUNDLE_OF_TOP, labels: { 'com.redhat.delivery.operator.bundle': 'true' } },
    ...FLATPAK_IMAGES.slice(0, 1),
  ])
  const composes = catalogue.composes.map((compose) => ({
    source: 'something-else',
    ...(compose.sourceType ? compose : { id: compose.id }),
  }))
  return { ...catalogue, composes }
}

const BUNDLE_OF_TOP = {
  nvr: 'top-bundle-container-1.0.0-1',
  adds: [],
  bundle: bundleOf('top-operator.v1.0.0', '1.0.0', [TOP], [OPERATOR_INDICES[0]?.path ?? '']),
} as const

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
    addAdvisory: (subject) => {
      const advisory = ADVISORIES[subject](world.lab.world.catalogue, nextId)
      nextId += 1
      world.lab.world.advisories.set(advisory.id, advisory)
      return advisory.id
    },
    begin: (advisory, subject) => BEGIN[subject]({ world, pipeline }, advisory),
    stop: async () => {
      await pipeline.stop()
      await redis.stop()
      await world.stop()
    },
  }
}

function advisoryLike({ advisories }: Catalogue, like: number, id: number): LabAdvisory {
  const model = advisories.find((advisory) => advisory.id === like)
  if (!model) throw new Error(`The catalogue has no advisory ${like}.`)
  return { ...model, id, number: `2026:${id}-01` }
}

const ADVISORIES: Record<Subject, (catalogue: Catalogue, id: number) => LabAdvisory> = {
  rpms: (catalogue, id) => {
    const critical = advisoryLike(catalogue, 133001, id)
    const builds = critical.builds.filter(({ rpms }) => rpms[0]?.release === FIXED_OPENSSL.el8[0]?.release)
    return { ...critical, builds }
  },
  bundles: (catalogue, id) => advisoryLike(catalogue, 133004, id),
  flatpaks: (catalogue, id) => advisoryLike(catalogue, 133005, id),
}

/** A request to replace an image in its bundles. A dry run, since nothing here serves the overrides to the build system. */
export function bundleEvent(searchKey: string) {
  return {
    state: 'INITIALIZED',
    searchKey,
    eventTypeId: EVENT_TYPES.ManualBundleRebuildEvent,
    dryRun: true,
    requesterMetadata: JSON.stringify({ bundle_related_image_overrides: { [TOP]: MIDDLE } }),
  } as const
}

const BEGIN: Record<
  Subject,
  (small: Pick<SmallWorld, 'world' | 'pipeline'>, advisory: number) => Promise<void>
> = {
  rpms: async ({ world }, advisory) => world.ship(advisory),
  bundles: async ({ pipeline: { ctx } }, advisory) => {
    const eventId = await makeEvent(ctx, bundleEvent(String(advisory)))
    await ctx.queues.enqueue('discover', { eventId })
  },
  flatpaks: async ({ world }, advisory) => signAdvisory(world.lab.world, advisory),
}

/** The outcome of an event, without the ids and times that differ between events. */
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
  const text = JSON.stringify(outcome)
    .replaceAll(/\b14\d{4}\b/g, 'ADVISORY')
    .replaceAll(/\b0\.\d{10}\.p\b/g, '0.SECONDS.p')
    .replaceAll(/message_id: [^"]+/g, 'message_id: ID')
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
