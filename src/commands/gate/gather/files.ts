/** Gathers rule files from git web servers, all files of a round at the same time (behaviour/greenwave 4.4, 4.5). */
import type { DistGitClient, FileAnswer } from '../../../clients/distgit/client.ts'
import type { FileFact } from '../../../domain/gate/facts/facts.ts'
import { remoteFileFact } from '../../../gate-input/policies/rule-file.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { readYaml } from '../../../lib/yaml/read.ts'
import { type CallOptions, callShared } from './call.ts'
import type { FactCache } from './fact-cache.ts'
import { upstreamFailure } from './upstream-failure.ts'

/** Where rule files come from. */
export type FilesSource = {
  client: DistGitClient
  work: SharedWork<FileFact>
  cache: FactCache
  /** Whether the operator has configured the host (`host` or `host:port`): only then it may have a private address. */
  isConfiguredHost: (host: string) => boolean
}

/**
 * Facts for each list of URLs, up to the first one that has a file. A failing server is a fact too, since the
 * decision may turn out not to need the file.
 */
export async function gatherFiles(
  source: FilesSource,
  chains: readonly (readonly string[])[],
  options: CallOptions,
): Promise<Map<string, FileFact>> {
  const started = new Map<string, Promise<FileFact>>()
  const once = (url: string) => {
    const fact = started.get(url) ?? readFile(source, url, options)
    started.set(url, fact)
    return fact
  }
  const facts = await Promise.all(chains.map((urls) => firstFile(urls, once)))
  return new Map(facts.flat())
}

async function firstFile(
  urls: readonly string[],
  read: (url: string) => Promise<FileFact>,
): Promise<[string, FileFact][]> {
  const facts: [string, FileFact][] = []
  for (const url of urls) {
    const fact = await read(url)
    facts.push([url, fact])
    if (fact.kind !== 'absent') break
  }
  return facts
}

async function readFile(source: FilesSource, url: string, options: CallOptions): Promise<FileFact> {
  return source.cache.file(url) ?? (await fetchFile(source, url, options))
}

async function fetchFile(source: FilesSource, url: string, options: CallOptions): Promise<FileFact> {
  const { client, work, cache, isConfiguredHost } = source
  const server = URL.parse(url)?.host ?? ''
  const call = { service: 'dist-git', server, target: url, key: url }
  try {
    const isConfigured = isConfiguredHost(server)
    const fact = await callShared(work, options, call, async (behalf) =>
      factOf(await client.read(url, { isConfigured, ...behalf })),
    )
    if (options.since === null) cache.cacheFile(url, fact)
    return fact
  } catch (error) {
    return { kind: 'failed', error: upstreamFailure(call, error) }
  }
}

function factOf(answer: FileAnswer): FileFact {
  if (answer.kind === 'absent') return { kind: 'absent' }
  if (answer.kind === 'too-large')
    return { kind: 'invalid', details: `The file is larger than ${answer.limit} bytes` }
  return remoteFileFact(readYaml(answer.bytes))
}
