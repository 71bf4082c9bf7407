/** A gatherer on real clients, against the lab's results database, waiver service, hub and git web server. */
import { onTestFinished } from 'vitest'
import type { FaultRule } from '../../../lab/fault-rule.ts'
import { commitFile } from '../../../lab/services/distgit/state.ts'
import { addResult, type NewResult } from '../../../lab/services/resultsdb/state.ts'
import { addWaiver, type NewWaiver } from '../../../lab/services/waiverdb/state.ts'
import type { World } from '../../../lab/world.ts'
import { createDistGitClient } from '../../../src/clients/distgit/client.ts'
import { createKojiClient } from '../../../src/clients/koji/client.ts'
import { createResultsDbClient } from '../../../src/clients/resultsdb/client.ts'
import { createWaiverDbClient } from '../../../src/clients/waiverdb/client.ts'
import { configuredHosts } from '../../../src/commands/gate/gather/configured-hosts.ts'
import type { CacheLookup } from '../../../src/commands/gate/gather/fact-cache.ts'
import {
  createGatherer,
  type Gatherer,
  type GathererOptions,
} from '../../../src/commands/gate/gather-facts.ts'
import { joinFacts, NO_FACTS } from '../../../src/domain/gate/facts/facts.ts'
import type { Needs } from '../../../src/domain/gate/facts/needs.ts'
import type { DecisionInput } from '../../../src/domain/gate/judge/round.ts'
import { nextStep } from '../../../src/domain/gate/next-step.ts'
import type { Policy } from '../../../src/domain/gate/policy/policy.ts'
import { indexPolicies } from '../../../src/domain/gate/policy/policy-index.ts'
import type { GateSettings } from '../../../src/domain/gate/request/settings.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { withDeadline } from '../../../src/lib/async/deadline.ts'
import type { ClientOptions } from '../../../src/lib/http/client.ts'
import { type DecisionJson, decisionJson } from '../../../src/present/gate/decision.ts'
import { clientOptions } from '../lab/client-options.ts'
import { labForTest } from '../lab/lab.ts'
import { requestsTo } from '../lab/requests.ts'
import { POLICIES, SETTINGS, TYPES } from './builders.ts'
import { addHubBuild } from './hub-builds.ts'

/** Overrides of the defaults: no cache, URLs of 4000 characters, three quick attempts. */
export type GateLabOptions = {
  cacheSeconds?: number
  maxUrl?: number
  concurrency?: number
  client?: Partial<ClientOptions>
  policies?: readonly Policy[]
  settings?: Partial<GateSettings>
  /** Replacements for the lab's addresses; null: no hub is configured. */
  urls?: { resultsDb?: string; waiverDb?: string; koji?: string | null }
  now?: () => number
}

/** An empty round of needs, to be extended. */
export const NO_NEEDS: Needs = { results: [], builds: [], files: [], waivers: [], since: null }

const DEADLINE_MS = 20_000

/** Starts the lab and a gatherer for it; both stop at the end of the test. */
export async function gateLab(options: GateLabOptions = {}) {
  const { world, urls } = await labForTest()
  const policies = options.policies ?? POLICIES
  const settings = { ...SETTINGS, remoteRulePolicies: templatesOf(urls), ...options.settings }
  const lookups: CacheLookup[] = []
  const gatherer = createGatherer({
    clock: () => new Date(),
    clients: clientsFor(urls, options),
    settings,
    cacheSeconds: options.cacheSeconds ?? 0,
    hasNews: true,
    maxUrl: options.maxUrl ?? 4000,
    concurrency: options.concurrency ?? 4,
    isConfiguredHost: (host) => configuredHosts(settings, policies).has(host),
    now: options.now ?? (() => performance.now()),
    onLookup: (lookup) => lookups.push(lookup),
  })
  const gather = (needs: Partial<Needs>, signal?: AbortSignal) =>
    withDeadline(DEADLINE_MS, (ended) => gatherer.gather({ ...NO_NEEDS, ...needs }, ended), signal)
  const decide = (body: unknown, signal?: AbortSignal) =>
    decideWith(
      gatherer,
      {
        request: parseDecisionRequest(body, TYPES),
        policies: indexPolicies(policies),
        settings,
        now: Date.now(),
      },
      signal,
    )
  return { world, urls, settings, lookups, gatherer, gather, decide, ...accessTo(world) }
}

/** Runs all rounds of a decision with a gatherer. */
export async function decideWith(
  gatherer: Gatherer,
  input: DecisionInput,
  signal?: AbortSignal,
  deadlineMs = DEADLINE_MS,
): Promise<DecisionJson> {
  const decide = async (ended: AbortSignal) => {
    let facts = NO_FACTS
    for (;;) {
      const step = nextStep(input, facts)
      if (step.kind === 'decision') return decisionJson(step.decision, input.settings.distinctLatestResultsOn)
      facts = joinFacts(facts, await gatherer.gather(step.needs, ended))
    }
  }
  return withDeadline(deadlineMs, decide, signal)
}

/** The URL templates of rule files on the lab's git server. */
export function templatesOf(urls: { REMOTE_RULE_POLICIES: string }): Map<string, string[]> {
  const templates = JSON.parse(urls.REMOTE_RULE_POLICIES) as Record<string, string> // written by the lab itself
  return new Map(Object.entries(templates).map(([type, template]) => [type, [template]]))
}

type LabUrls = Awaited<ReturnType<typeof labForTest>>['urls']

function clientsFor(
  urls: LabUrls,
  { client, urls: replaced = {} }: GateLabOptions,
): GathererOptions['clients'] {
  const to = (url: string) => clientOptions(url, { concurrency: 8, timeoutMs: 20_000, ...client })
  const kojiUrl = replaced.koji === undefined ? urls.KOJI_BASE_URL : replaced.koji
  const clients = {
    resultsDb: createResultsDbClient(to(replaced.resultsDb ?? urls.RESULTSDB_API_URL)),
    waiverDb: createWaiverDbClient(to(replaced.waiverDb ?? urls.WAIVERDB_API_URL)),
    distGit: createDistGitClient(to('')),
    koji:
      kojiUrl === null
        ? undefined
        : createKojiClient({ ...to(kojiUrl), auth: { kind: 'none' }, requestsPerSecond: 1000 }),
  }
  onTestFinished(async () => {
    await Promise.all(Object.values(clients).map((item) => item?.close()))
  })
  return clients
}

/** Access to the lab's state: adds records and faults, and counts requests. */
function accessTo(world: World) {
  let elapsed = 0
  const nextTime = () => {
    elapsed += 1000
    return new Date(Date.parse('2021-05-01') + elapsed).toISOString().replace('Z', '000')
  }
  return {
    fault: (rule: FaultRule) => world.faults.push(rule),
    putResult: (result: Omit<NewResult, 'submittedAt'> & { submittedAt?: string }) =>
      addResult(world.resultsDb, { submittedAt: nextTime(), ...result }),
    putWaiver: (waiver: Omit<NewWaiver, 'givenAt'> & { givenAt?: string }) =>
      addWaiver(world.waiverDb, { givenAt: nextTime(), ...waiver }),
    putFile: (file: Parameters<typeof commitFile>[1]) => commitFile(world.distGit, file),
    putBuild: (nvr: string, source: string | null, completedAt?: number) =>
      addHubBuild(world, nvr, source, completedAt),
    /** Number of requests that reached a service. */
    calls: (service: string) => requestsTo(world, service),
  }
}
