/**
 * A process that makes one decision on many builds, and prints its duration, CPU time and memory.
 * Arguments: URLs of the results database and the waiver service, number of builds.
 */
import { createDistGitClient } from '../../../src/clients/distgit/client.ts'
import { createResultsDbClient } from '../../../src/clients/resultsdb/client.ts'
import { createWaiverDbClient } from '../../../src/clients/waiverdb/client.ts'
import { createGatherer } from '../../../src/commands/gate/gather-facts.ts'
import { indexPolicies } from '../../../src/domain/gate/policy/policy-index.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { clientOptions } from '../lab/client-options.ts'
import { SETTINGS, TYPES } from './builders.ts'
import { decideWith } from './lab.ts'
import { loadPolicies, loadRequest } from './load-data.ts'

/** Long enough for a machine with other load. */
const DEADLINE_MS = 60_000

const [resultsDb = '', waiverDb = '', builds = '0'] = process.argv.slice(2)
const to = (url: string) => clientOptions(url, { concurrency: 10, timeoutMs: DEADLINE_MS })
const gatherer = createGatherer({
  clock: () => new Date(),
  clients: {
    resultsDb: createResultsDbClient(to(resultsDb)),
    waiverDb: createWaiverDbClient(to(waiverDb)),
    distGit: createDistGitClient(to('')),
  },
  settings: SETTINGS,
  cacheSeconds: 0,
  hasNews: true,
  maxUrl: 4000,
  concurrency: 5,
  isConfiguredHost: () => false,
  now: () => performance.now(),
})

const started = performance.now()
const request = parseDecisionRequest(loadRequest(Number(builds)), TYPES)
const input = { request, policies: indexPolicies(loadPolicies()), settings: SETTINGS, now: Date.now() }
const decision = await decideWith(gatherer, input, undefined, DEADLINE_MS)
const seconds = (performance.now() - started) / 1000
// CPU time does not depend on the load of the machine.
const { userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
const megabytes = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify({ summary: decision.summary, seconds, cpuSeconds, megabytes }))
process.exit()
