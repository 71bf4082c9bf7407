/** Gathers rule files from git web servers, all of a round at the same time (behaviour/greenwave 4.4, 4.5). */
import type { DistGitClient, FileAnswer } from '../../../clients/distgit/client.ts'
import type { FileFact } from '../../../domain/gate/facts/facts.ts'
import { remoteFileFact } from '../../../gate-input/policies/rule-file.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { readYaml } from '../../../lib/yaml/read.ts'
import { callShared, type Round } from './call.ts'
import type { KnownFacts } from './fact-cache.ts'
import { upstreamFailure } from './upstream-failure.ts'

/** What rule files are gathered with. */
export type FilesDesk = {
  client: DistGitClient
  work: SharedWork<FileFact>
  known: KnownFacts
  /** Whether the operator has named the host (`host` or `host:port`): only then may its address be an inner one. */
  isConfiguredHost: (host: string) => boolean
}

/**
 * Facts for each list of places, up to the first one where a file is. A server that fails is a fact too, since the
 * decision may turn out not to need it.
 */
export async function gatherFiles(
  desk: FilesDesk,
  chains: readonly (readonly string[])[],
  round: Round,
): Promise<Map<string, FileFact>> {
  const asked = new Map<string, Promise<FileFact>>()
  const once = (url: string) => {
    const fact = asked.get(url) ?? factFor(desk, url, round)
    asked.set(url, fact)
    return fact
  }
  const facts = await Promise.all(chains.map((places) => firstFile(places, once)))
  return new Map(facts.flat())
}

async function firstFile(
  places: readonly string[],
  read: (url: string) => Promise<FileFact>,
): Promise<[string, FileFact][]> {
  const facts: [string, FileFact][] = []
  for (const url of places) {
    const fact = await read(url)
    facts.push([url, fact])
    if (fact.kind !== 'absent') break
  }
  return facts
}

async function factFor(desk: FilesDesk, url: string, round: Round): Promise<FileFact> {
  return desk.known.file(url) ?? (await ask(desk, url, round))
}

async function ask(desk: FilesDesk, url: string, round: Round): Promise<FileFact> {
  const { client, work, known, isConfiguredHost } = desk
  const asked = { service: 'dist-git', about: url, key: url }
  try {
    const isConfigured = isConfiguredHost(URL.parse(url)?.host ?? '')
    const fact = await callShared(work, round, asked, async (signal) =>
      factOf(await client.read(url, { isConfigured, signal })),
    )
    if (round.since === null) known.keepFile(url, fact)
    return fact
  } catch (error) {
    return { kind: 'failed', error: upstreamFailure(asked, error) }
  }
}

function factOf(answer: FileAnswer): FileFact {
  if (answer.kind === 'absent') return { kind: 'absent' }
  if (answer.kind === 'too-large')
    return { kind: 'invalid', details: `The file is larger than ${answer.limit} bytes` }
  return remoteFileFact(readYaml(answer.bytes))
}
