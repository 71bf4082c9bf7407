/** Decides at each release gate whether rebuilt images may go out, by the decision stored after messages or else by a new one. */
import type { Context } from '../../context.ts'
import { currentReleaseDecisions } from '../../db/queries/decisions/release-decisions.ts'
import { hasPolicy, type ReleaseGate, subjectAt } from '../../domain/gate/release/release-gate.ts'
import {
  type ReleaseDecision,
  readReleaseDecision,
  undecided,
} from '../../domain/gate/release/release-state.ts'
import { createSlots } from '../../lib/async/slots.ts'
import { createCache } from '../../lib/cache.ts'
import { makeReleases, type WantedDecision } from './make-releases.ts'
import type { Gate } from './open-gate.ts'

/** Decides for a process; a decision that was made is cached for a short time, until there is news of its image. */
export type Releases = {
  /** The decision on each image (by NVR) at each gate, both in their order. Safe to repeat: it only reads. */
  decide(
    nvrs: readonly string[],
    gates: readonly ReleaseGate[],
    signal?: AbortSignal,
  ): Promise<ReleaseDecision[][]>
  forgetSubject(identifier: string): void
  forgetAll(): void
}

/** Max decisions that one call makes; the next call continues from there while these are cached. */
const MAX_MADE = 2000
const CHUNKS_AT_ONCE = 2
const CACHED_MS = 30_000
/** Images with cached decisions. */
const MAX_CACHED = 20_000

/** A decision that was made, and until when (as `now` counts) it is cached. */
type CachedDecision = { decision: ReleaseDecision; until: number }

/** News that arrive while decisions are being made: those they concern are not cached. */
type News = { identifiers: Set<string>; ofAll: boolean }

const NO_POLICY: ReleaseDecision = {
  state: 'no policy applies',
  summary: 'No policy applies to the image at this gate.',
  satisfied: null,
}
const LATER = undecided(`Not decided yet: one request makes at most ${MAX_MADE} decisions. Repeat it.`)

/** Create one per process. `now` returns the milliseconds of a clock that never goes back. */
export function createReleases(
  { db, settings }: Pick<Context, 'db' | 'settings'>,
  gate: Gate,
  now = () => performance.now(),
): Releases {
  const cache = createCache<Map<string, CachedDecision>>(MAX_CACHED, now)
  const slots = createSlots(CHUNKS_AT_ONCE)
  const underWay = new Set<News>()

  type Found = Map<string, ReleaseDecision>
  type Keyed = WantedDecision & { key: string }

  /** Reads stored decisions, only where messages arrive: otherwise nothing would notice that one is outdated. */
  async function readStored(open: readonly Keyed[], found: Found): Promise<void> {
    if (settings.env.AMQP_SOURCES.length === 0) return
    const subjects = open.map(({ subject: { type, identifier } }) => ({ type: type.id, identifier }))
    const rows = await currentReleaseDecisions(db.fork(), subjects, gate.judgedBy())
    for (const { type, identifier, decisionContext, productVersion, decision } of rows) {
      const read = readReleaseDecision(decision)
      if (read) found.set(keyOf(gate, type, identifier, { decisionContext, productVersion }), read)
    }
  }

  async function make(open: readonly Keyed[], found: Found, signal?: AbortSignal): Promise<void> {
    const first = open.slice(0, MAX_MADE)
    const news: News = { identifiers: new Set(), ofAll: false }
    underWay.add(news)
    try {
      for (const [index, made] of (await makeReleases(gate, first, slots, signal)).entries()) {
        const { key, subject } = first[index] ?? {}
        if (key === undefined || subject === undefined) continue
        found.set(key, made)
        const { identifier } = subject
        if (made.state === 'undecided' || news.ofAll || news.identifiers.has(identifier)) continue
        const entry = { decision: made, until: now() + CACHED_MS }
        cache.set(identifier, new Map(cache.get(identifier)).set(key, entry), CACHED_MS)
      }
    } finally {
      underWay.delete(news)
    }
  }

  return {
    decide: async (nvrs, gates, signal) => {
      const set = gate.policies()
      const keyed = (nvr: string, at: ReleaseGate): Keyed => {
        const subject = subjectAt(at, nvr, set)
        return { subject, gate: at, key: keyOf(gate, subject.type.id, nvr, at) }
      }
      const judged = gates.filter((at) => hasPolicy(at, set))
      const wanted = nvrs.flatMap((nvr) => judged.map((at) => keyed(nvr, at)))
      const found: Found = new Map()
      const open = () => wanted.filter(({ key }) => !found.has(key))
      await readStored(wanted, found)
      for (const { key, subject } of open()) {
        const entry = cache.get(subject.identifier)?.get(key)
        if (entry && now() < entry.until) found.set(key, entry.decision)
      }
      await make(open(), found, signal)
      return nvrs.map((nvr) =>
        gates.map((at) => (judged.includes(at) ? (found.get(keyed(nvr, at).key) ?? LATER) : NO_POLICY)),
      )
    },
    forgetSubject: (identifier) => {
      for (const { identifiers } of underWay) identifiers.add(identifier)
      cache.delete(identifier)
    },
    forgetAll: () => {
      for (const news of underWay) news.ofAll = true
      cache.clear()
    },
  }
}

/** Decisions of other policies or settings have other keys. */
function keyOf(
  gate: Gate,
  type: string,
  identifier: string,
  { decisionContext, productVersion }: Pick<ReleaseGate, 'decisionContext' | 'productVersion'>,
): string {
  return JSON.stringify([gate.judgedBy(), type, identifier, decisionContext, productVersion])
}
