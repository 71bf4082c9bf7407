/** Gathers facts for decisions: all needs of a round at once, in as few calls as possible, each answer shared. */
import type { DistGitClient } from '../../clients/distgit/client.ts'
import type { BuildOrigins } from '../../clients/koji/build-origins.ts'
import type { KojiClient } from '../../clients/koji/client.ts'
import type { ResultsDbClient } from '../../clients/resultsdb/client.ts'
import type { WaiverDbClient } from '../../clients/waiverdb/client.ts'
import type { Facts, FileFact, TestResult, Waiver } from '../../domain/gate/facts/facts.ts'
import type { Needs } from '../../domain/gate/facts/needs.ts'
import type { GatingSettings } from '../../domain/gate/request/settings.ts'
import { createSharedWork } from '../../lib/async/shared-work.ts'
import { createSlots } from '../../lib/async/slots.ts'
import { gatherBuilds } from './gather/builds.ts'
import type { Round } from './gather/call.ts'
import { createKnownFacts, type KnownFactsOptions } from './gather/fact-cache.ts'
import { gatherFiles } from './gather/files.ts'
import { gatherResults } from './gather/results.ts'
import { gatherWaivers } from './gather/waivers.ts'

/** What a process gathers with; one gatherer for all its requests, so that they share. */
export type GathererParts = KnownFactsOptions & {
  clients: {
    resultsDb: ResultsDbClient
    waiverDb: WaiverDbClient
    distGit: DistGitClient
    /** Without it, whatever depends on a build fails with 502. */
    koji?: Pick<KojiClient, 'buildOrigins'>
  }
  settings: Pick<GatingSettings, 'distinctLatestResultsOn' | 'outcomesPassed' | 'kojiBaseUrl'>
  /** `upstream_max_url`: characters. */
  maxUrl: number
  /** Calls to one service at once for one request; fewer than its client has, so that other requests go on. */
  concurrency: number
  /** Whether the operator has named a host (`host` or `host:port`) as a place of rule files. */
  isConfiguredHost: (host: string) => boolean
}

/** Answers needs; safe to ask again. */
export type Gatherer = {
  /**
   * Facts for one round of needs, as `joinFacts` takes them. `signal` ends when the request has to be answered,
   * or has failed: then nobody waits for the rest.
   * Rejects with `DecisionError` 502 or 504 when results or waivers cannot be had; builds and files that fail are facts.
   */
  gather(needs: Needs, signal: AbortSignal): Promise<Partial<Facts>>
  /**
   * Drops what is remembered of subjects with this identifier, also what is just being asked: whoever asks after this
   * gets what is true after this. The type does not matter, since a result may count for subjects of several types.
   */
  forgetSubject(identifier: string): void
}

/** Nothing is asked before the first need. */
export function createGatherer(parts: GathererParts): Gatherer {
  const { clients, settings, maxUrl, isConfiguredHost } = parts
  const known = createKnownFacts(parts)
  const work = {
    results: createSharedWork<TestResult[]>(),
    waivers: createSharedWork<Waiver[]>(),
    builds: createSharedWork<BuildOrigins>(),
    files: createSharedWork<FileFact>(),
  }
  const results = { client: clients.resultsDb, work: work.results, known, settings, maxUrl }
  const waivers = { client: clients.waiverDb, work: work.waivers }
  const builds = { client: clients.koji, url: settings.kojiBaseUrl, work: work.builds, known }
  const files = { client: clients.distGit, work: work.files, known, isConfiguredHost }

  return {
    gather: async (needs, signal) => {
      const round = (): Round => ({ signal, since: needs.since, slots: createSlots(parts.concurrency) })
      const [resultFacts, buildFacts, fileFacts, waiverFacts] = await Promise.all([
        gatherResults(results, needs.results, round()),
        gatherBuilds(builds, needs.builds, round()),
        gatherFiles(files, needs.files, round()),
        needs.waivers.length > 0 ? gatherWaivers(waivers, needs.waivers, round()) : undefined,
      ])
      return { results: resultFacts, builds: buildFacts, files: fileFacts, waivers: waiverFacts }
    },
    forgetSubject: (identifier) => {
      known.forget(identifier)
      for (const kind of Object.values(work)) kind.detach()
    },
  }
}
