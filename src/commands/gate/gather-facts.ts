/** Gathers facts for decisions: all needs of a round at once, in as few calls as possible, shared between requests. */
import type { DistGitClient } from '../../clients/distgit/client.ts'
import type { BuildOrigins } from '../../clients/koji/build-origins.ts'
import type { KojiClient } from '../../clients/koji/client.ts'
import type { ResultsDbClient } from '../../clients/resultsdb/client.ts'
import type { WaiverDbClient } from '../../clients/waiverdb/client.ts'
import type { FilteredWaivers } from '../../clients/waiverdb/schema.ts'
import type { Facts, FileFact, TestResult } from '../../domain/gate/facts/facts.ts'
import type { Needs } from '../../domain/gate/facts/needs.ts'
import type { GateSettings } from '../../domain/gate/request/settings.ts'
import { type AttemptLimits, createAttemptLimits } from '../../lib/async/attempt-limit.ts'
import { createSharedWork } from '../../lib/async/shared-work.ts'
import { createSlots } from '../../lib/async/slots.ts'
import { type Attempts, createAttempts, type FetchAttempt } from './gather/attempts.ts'
import { gatherBuilds } from './gather/builds.ts'
import type { CallOptions } from './gather/call.ts'
import { createFactCache, type FactCacheOptions } from './gather/fact-cache.ts'
import { gatherFiles } from './gather/files.ts'
import { gatherResults } from './gather/results.ts'
import { gatherWaivers } from './gather/waivers.ts'

/** Max attempts of one decision at a service that does not answer, however many requests it would need (behaviour/greenwave 5). */
export const MAX_ATTEMPTS = 4

/** What a gatherer works with. */
export type GathererOptions = FactCacheOptions & {
  clients: {
    resultsDb: ResultsDbClient
    waiverDb: WaiverDbClient
    distGit: DistGitClient
    /** Without it, every decision that depends on a build fails. */
    koji?: Pick<KojiClient, 'buildOrigins'>
  }
  settings: Pick<GateSettings, 'distinctLatestResultsOn' | 'outcomesPassed' | 'kojiBaseUrl'>
  /** The time of day, which times of results are compared with. */
  clock: () => Date
  /** `upstream_max_url`: characters. */
  maxUrl: number
  /** Concurrent calls to one service for one request; fewer than its client allows, so that other requests proceed. */
  concurrency: number
  /** Whether the operator has configured a host (`host` or `host:port`) as a location of rule files. */
  isConfiguredHost: (host: string) => boolean
}

/**
 * For which request facts are gathered; `limits` holds for all rounds of its decision. `onPartly` gets the builds and files of a
 * round that fails for its results or waivers, which then waits for them.
 */
export type GatherCaller = {
  requestId?: string
  limits: AttemptLimits
  /** What earlier attempts at the same request have fetched. */
  attempt?: FetchAttempt
  onPartly?: (facts: Partial<Facts>) => void
}

/** Fetches the facts that decisions need. Safe to repeat: it only reads. */
export type Gatherer = {
  /**
   * Facts for one round of needs, as `joinFacts` takes them. `signal` aborts when the request is out of time or has
   * failed: the remaining facts are then no longer needed.
   * Rejects with `DecisionError` when results or waivers cannot be fetched; failed builds and files are facts.
   */
  gather(needs: Needs, signal: AbortSignal, caller?: GatherCaller): Promise<Partial<Facts>>
  /**
   * Drops the cached facts of subjects with this identifier. The type does not matter, since a result may count for subjects of several
   * types.
   */
  forgetSubject(identifier: string): void
  /** The same for all subjects, when news may have been missed. */
  forgetAll(): void
  /** Whether gathering what has led to these facts would return the very same ones, without a call. */
  holds(facts: Facts): boolean
  /** What is cached of large requests that end without a decision. */
  attempts: Pick<Attempts, 'begin' | 'end'>
}

/** Create one per process, so that its requests share calls and cache. Calls nothing before the first need. */
export function createGatherer(options: GathererOptions): Gatherer {
  const { clients, settings, clock, maxUrl, isConfiguredHost } = options
  const cache = createFactCache(options)
  const attempts = createAttempts(options.now)
  const work = {
    results: createSharedWork<TestResult[]>(),
    waivers: createSharedWork<FilteredWaivers>(),
    builds: createSharedWork<BuildOrigins>(),
    files: createSharedWork<FileFact>(),
  }
  const results = { client: clients.resultsDb, work: work.results, cache, settings, clock, maxUrl }
  const waivers = { client: clients.waiverDb, work: work.waivers }
  const builds = { client: clients.koji, url: settings.kojiBaseUrl, work: work.builds, cache }
  const files = { client: clients.distGit, work: work.files, cache, isConfiguredHost }

  return {
    gather: async (needs, signal, caller = { limits: createAttemptLimits(MAX_ATTEMPTS) }) => {
      const { requestId, limits, attempt, onPartly } = caller
      const call = (): CallOptions => ({
        signal,
        requestId,
        limits,
        since: needs.since,
        slots: createSlots(options.concurrency),
      })
      const buildsAndFiles = Promise.all([
        gatherBuilds(builds, needs.builds, call()),
        gatherFiles(files, needs.files, call()),
      ]).then(([buildFacts, fileFacts]) => ({ builds: buildFacts, files: fileFacts }))
      try {
        const [resultFacts, found, waiverFacts] = await Promise.all([
          gatherResults(results, needs.results, call(), attempt),
          buildsAndFiles,
          needs.waivers.length > 0 ? gatherWaivers(waivers, needs.waivers, call()) : undefined,
        ])
        return { results: resultFacts, ...found, waivers: waiverFacts }
      } catch (error) {
        if (onPartly) await buildsAndFiles.then(onPartly, () => undefined)
        throw error
      }
    },
    forgetSubject: (identifier) => {
      cache.forget(identifier)
      attempts.forget(identifier)
    },
    forgetAll: () => {
      cache.forgetAll()
      attempts.forgetAll()
    },
    holds: cache.holds,
    attempts,
  }
}
