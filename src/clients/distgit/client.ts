/** Client of git web servers for rule files, with limits on size, redirects and addresses (behaviour/greenwave 4.4). */
import { isIP } from 'node:net'
import { UpstreamError } from '../../lib/errors.ts'
import type { Behalf } from '../../lib/http/behalf.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import type { HttpAnswer } from '../../lib/http/request.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { isPublicAddress, lookUpPublic, redirectFault } from './public-address.ts'

/** What a server answers for a file. */
export type FileAnswer =
  | { kind: 'file'; bytes: Uint8Array }
  | { kind: 'absent' }
  | { kind: 'too-large'; limit: number }

/** `isConfigured`: the operator has configured the host, so it may have any address; other hosts need a public one. */
type ReadOptions = Behalf & { isConfigured: boolean }

/** Reads reject with `UpstreamError`. Safe to repeat. */
export type DistGitClient = {
  read(url: string, options: ReadOptions): Promise<FileAnswer>
  close(): Promise<void>
}

/** Far larger than any legitimate rule file. */
const MAX_FILE_BYTES = 1024 * 1024
const MAX_REDIRECTS = 5
/** Any client may name a host in a request, so each host gets at most this share of all connections. */
const PART_OF_A_HOST = 1 / 4
const REDIRECTS = [301, 302, 303, 307, 308]
/** Other 2xx statuses carry no content or only a part; an empty file has no rules, so that nothing would be required. */
const FILES = [200, 203]

/** There is no base URL: every read takes a complete one. */
export function createDistGitClient(options: Omit<ClientOptions, 'url'>): DistGitClient {
  const shared = { ...options, url: '', service: 'dist-git', maxBodyBytes: MAX_FILE_BYTES }
  const trusted = createHttpClient(shared)
  const { concurrency } = options
  const untrusted = createHttpClient({
    ...shared,
    lookup: lookUpPublic,
    concurrency: Math.max(1, Math.floor(concurrency * PART_OF_A_HOST)),
    totalConcurrency: concurrency,
  })

  async function read(url: string, { isConfigured, ...behalf }: ReadOptions): Promise<FileAnswer> {
    const http = isConfigured ? trusted : untrusted
    let target = checkedTarget(url, isConfigured)
    for (let redirects = 0; ; redirects += 1) {
      const answer = await http.text({
        path: target.href,
        followRedirects: false,
        accept: [404, ...REDIRECTS],
        headers: { accept: '*/*' },
        ...behalf,
      })
      if (answer.status === 404) return { kind: 'absent' }
      if (FILES.includes(answer.status)) return { kind: 'file', bytes: answer.bytes }
      if (!REDIRECTS.includes(answer.status)) throw notAFile(target, answer.status)
      target = redirectTarget(target, answer, redirects)
    }
  }

  return {
    read: async (url, how) => {
      try {
        return await read(url, how)
      } catch (error) {
        const isTooLarge = error instanceof UpstreamError && error.failure === 'bad-answer' // for bytes, the only such failure
        if (isTooLarge) return { kind: 'too-large', limit: MAX_FILE_BYTES }
        throw error
      }
    },
    close: async () => {
      await Promise.all([trusted.close(), untrusted.close()])
    },
  }
}

function checkedTarget(url: string, isConfigured: boolean): URL {
  const target = URL.parse(url)
  if (!target || !/^https?:$/.test(target.protocol)) throw unreachable(url, 'is not an http or https URL')
  const host = target.hostname.replace(/^\[|\]$/g, '')
  // A literal address is never resolved, so the resolver's check does not cover it.
  if (!isConfigured && isIP(host) && !isPublicAddress(host))
    throw unreachable(url, 'is neither a public address nor a configured host')
  return target
}

function redirectTarget(from: URL, { status, headers, text }: HttpAnswer, redirects: number): URL {
  const refused = (reason: string, body: string) =>
    new UpstreamError({
      service: 'dist-git',
      failure: 'status',
      detail: withoutCredentials(`GET ${from.href}: HTTP ${status}${reason}`),
      status,
      body,
    })
  const { location } = headers
  if (typeof location !== 'string' || location === '') throw refused('', text)
  const to = URL.parse(location, from.href)
  const fault =
    redirects < MAX_REDIRECTS ? redirectFault(from, to) : `redirects more than ${MAX_REDIRECTS} times`
  if (to && !fault) return to
  const reason = `${fault} (${location})`
  throw refused(` ${reason}`, `${reason}\n${text}`)
}

function notAFile(url: URL, status: number): UpstreamError {
  const detail = withoutCredentials(
    `GET ${url.href}: HTTP ${status}, which is not an answer with a whole file`,
  )
  return new UpstreamError({ service: 'dist-git', failure: 'status', detail, status })
}

function unreachable(url: string, reason: string): UpstreamError {
  return new UpstreamError({
    service: 'dist-git',
    failure: 'unreachable',
    detail: `GET ${withoutCredentials(url)}: ${reason}`,
  })
}
