/** Gathers what the build system knows of builds: all NVRs of a round in few calls (behaviour/greenwave 4.2, 4.3). */
import type { BuildOrigins } from '../../../clients/koji/build-origins.ts'
import type { KojiClient } from '../../../clients/koji/client.ts'
import { KojiFault } from '../../../clients/koji/hub/fault.ts'
import type { BuildFact } from '../../../domain/gate/facts/facts.ts'
import { parseInstant } from '../../../domain/gate/policy/instant.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { UpstreamError } from '../../../lib/errors.ts'
import { type CallOptions, callShared } from './call.ts'
import type { FactCache } from './fact-cache.ts'
import { type UpstreamCall, upstreamFailure } from './upstream-failure.ts'

/** Where facts about builds come from. */
export type BuildsSource = {
  /** Undefined where no hub is configured. */
  client: Pick<KojiClient, 'buildOrigins'> | undefined
  url: string
  work: SharedWork<BuildOrigins>
  cache: FactCache
}

const KOJI = { service: 'koji', prefix: 'Could not reach Koji: ' }

/** A fact for each NVR. A failing hub is a fact too, since the decision may turn out not to need the build. */
export async function gatherBuilds(
  source: BuildsSource,
  nvrs: readonly string[],
  options: CallOptions,
): Promise<Map<string, BuildFact>> {
  const { cache } = source
  const mark = cache.mark()
  const cached = nvrs.flatMap((nvr): [string, BuildFact][] => {
    const fact = cache.build(nvr)
    return fact ? [[nvr, fact]] : []
  })
  const facts = new Map(cached)
  const missing = nvrs.filter((nvr) => !facts.has(nvr))
  const fetched = await fetchBuilds(source, missing, options)
  if (options.since === null) for (const [nvr, fact] of fetched) cache.cacheBuild(nvr, fact, mark)
  return new Map([...cached, ...fetched])
}

async function fetchBuilds(
  { client, url, work }: BuildsSource,
  nvrs: readonly string[],
  options: CallOptions,
): Promise<[string, BuildFact][]> {
  if (nvrs.length === 0) return []
  const call: UpstreamCall = { ...KOJI, target: url }
  try {
    // Not `unreachable`: waiting would not help, as it would in an outage.
    if (!client)
      throw new UpstreamError({ service: 'koji', failure: 'odd-answer', detail: 'KOJI_BASE_URL is not set' })
    const origins = await callShared(work, options, { ...call, key: JSON.stringify(nvrs) }, (behalf) =>
      client.buildOrigins(nvrs, behalf),
    )
    return nvrs.map((nvr) => [nvr, factOf(nvr, origins.get(nvr))])
  } catch (error) {
    const failed = failedFact(call, error)
    return nvrs.map((nvr) => [nvr, failed])
  }
}

function factOf(nvr: string, answer: ReturnType<BuildOrigins['get']>): BuildFact {
  if (answer && !answer.ok) return failedFact({ ...KOJI, target: nvr }, answer.error)
  if (!answer?.value) return { kind: 'absent' }
  const { createdAt, sourceUrl } = answer.value
  const creationTime = createdAt === null ? null : parseInstant(createdAt)
  return { kind: 'found', build: { creationTime, sourceUrl } }
}

/** A timeout is reported as one, and a fault of the hub with its text; everything else means that it cannot be reached. */
function failedFact(call: UpstreamCall, thrown: unknown): BuildFact {
  const error = upstreamFailure(call, thrown)
  const isUnreachable = !(thrown instanceof KojiFault) && error.kind === 'upstream-failed'
  return { kind: 'failed', error, ...(isUnreachable && { isUnreachable }) }
}
