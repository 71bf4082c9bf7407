/** Gathers what the build system knows of builds: all of a round in few calls (behaviour/greenwave 4.2, 4.3). */
import type { BuildOrigins } from '../../../clients/koji/build-origins.ts'
import type { KojiClient } from '../../../clients/koji/client.ts'
import type { BuildFact } from '../../../domain/gate/facts/facts.ts'
import { parseInstant } from '../../../domain/gate/policy/instant.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { UpstreamError } from '../../../lib/errors.ts'
import { callShared, type Round } from './call.ts'
import type { KnownFacts } from './fact-cache.ts'
import { type Asked, upstreamFailure } from './upstream-failure.ts'

/** What builds are gathered with. */
export type BuildsDesk = {
  /** Undefined where no hub is configured. */
  client: Pick<KojiClient, 'buildOrigins'> | undefined
  url: string
  work: SharedWork<BuildOrigins>
  known: KnownFacts
}

const OPENING = 'Could not reach Koji: '

/** A fact for each NVR; a hub that fails is a fact too, since the decision may turn out not to need it. */
export async function gatherBuilds(
  desk: BuildsDesk,
  nvrs: readonly string[],
  round: Round,
): Promise<Map<string, BuildFact>> {
  const mark = desk.known.mark()
  const known = nvrs.flatMap((nvr): [string, BuildFact][] => {
    const fact = desk.known.build(nvr)
    return fact ? [[nvr, fact]] : []
  })
  const facts = new Map(known)
  const asked = await ask(
    desk,
    nvrs.filter((nvr) => !facts.has(nvr)),
    round,
  )
  if (round.since === null) for (const [nvr, fact] of asked) desk.known.keepBuild(nvr, fact, mark)
  return new Map([...known, ...asked])
}

async function ask(desk: BuildsDesk, nvrs: readonly string[], round: Round): Promise<[string, BuildFact][]> {
  const { client, url, work } = desk
  const asked: Asked = { service: 'koji', about: url, opening: OPENING }
  if (nvrs.length === 0) return []
  try {
    if (!client) throw new UpstreamError('koji', 'unreachable', 'KOJI_BASE_URL is not set')
    const origins = await callShared(work, round, { ...asked, key: JSON.stringify(nvrs) }, (signal) =>
      client.buildOrigins(nvrs, signal),
    )
    return nvrs.map((nvr) => [nvr, factOf(nvr, origins.get(nvr))])
  } catch (error) {
    const failed: BuildFact = { kind: 'failed', error: upstreamFailure(asked, error) }
    return nvrs.map((nvr) => [nvr, failed])
  }
}

function factOf(nvr: string, answer: ReturnType<BuildOrigins['get']>): BuildFact {
  if (answer && !answer.ok)
    return {
      kind: 'failed',
      error: upstreamFailure({ service: 'koji', about: nvr, opening: OPENING }, answer.error),
    }
  if (!answer?.value) return { kind: 'absent' }
  const { createdAt, sourceUrl } = answer.value
  const creationTime = createdAt === null ? null : parseInstant(createdAt)
  return { kind: 'found', build: { creationTime, sourceUrl } }
}
