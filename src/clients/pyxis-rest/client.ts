/** The REST interface of the catalogue (Pyxis): digests of images, operator bundles, and the index images that list them. */
import type { z } from 'zod'
import type {
  DigestImage,
  IndexImage,
  ListedBundle,
} from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { chunksOf } from '../../lib/async/batch.ts'
import { checkSubject, hasBody } from '../../lib/http/answer.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { createNegotiate, negotiateWith } from '../../lib/http/negotiate.ts'
import type { HttpAnswer } from '../../lib/http/request.ts'
import { checkPages, readWhole } from '../../lib/http/whole-list.ts'
import { type Records, unreadableText } from '../../lib/records.ts'
import {
  bundleSchema,
  imageSchema,
  indexSchema,
  mergeArches,
  nvrSchema,
  pageOf,
  repositorySchema,
} from './schema.ts'

/** `url` is the server, without `/v1`. */
export type PyxisRestOptions = ClientOptions & { kerberos?: { principal?: string } }

/** All functions are reads: safe to repeat, rejecting with `UpstreamError`. */
export type PyxisRestClient = {
  /** `null`: unknown image; `fault`: none of its records can be read. */
  image(nvr: string): Promise<DigestImage | null | { fault: string }>
  /** NVRs of the images with this digest, as far as they were built in Koji, sorted. */
  nvrsOfDigest(digest: string): Promise<Records<string>>
  /** Index images of these organizations; of all when there are none. */
  indexImages(organizations: readonly string[]): Promise<Records<IndexImage>>
  /** Bundles of these index images that are the latest in a channel and refer to an image with the digest. */
  bundlesRelatedTo(digest: string, indexPaths: readonly string[]): Promise<Records<ListedBundle>>
  /** What the index images know about bundles with these digests; a bundle whose record cannot be read counts as unknown. */
  bundlesByDigest(digests: readonly string[]): Promise<ListedBundle[]>
  /** Tags that are rebuilt automatically; empty for an unknown repository. */
  autoRebuildTags(registry: string, repository: string): Promise<Records<string>>
  close(): Promise<void>
}

type List<T> = Records<T> & { count: number; totals: number[]; ids: string[] }

const PAGE_SIZE = 100
const NOTHING: Records<never> = { read: [], unreadable: [] }
/** A filter with more digests would make a URL that servers refuse. */
const DIGESTS_AT_ONCE = 25

const IMAGE_FIELDS = [
  '_id',
  'brew',
  'architecture',
  'parsed_data.labels',
  ...[
    'registry',
    'repository',
    'published',
    'manifest_list_digest',
    'manifest_schema2_digest',
    'tags.name',
  ].map((field) => `repositories.${field}`),
]
const BUNDLE_FIELDS = [
  '_id',
  'channel_name',
  'version_original',
  'related_images',
  'bundle_path_digest',
  'bundle_path',
  'csv_name',
]

/** Bounds and retries come from `options`. */
export function createPyxisRestClient(options: PyxisRestOptions): PyxisRestClient {
  const authorize =
    options.kerberos && negotiateWith('pyxis-rest', createNegotiate(options.url, options.kerberos.principal))
  const http = createHttpClient({ ...options, service: 'pyxis-rest', authorize, saysUnknown })

  /** All records of a list, which is whole or an error; null, where its address names a thing: that is unknown (404). */
  async function readAll<S extends z.ZodType>(
    path: string,
    query: Record<string, string>,
    record: S,
    isFixedAddress = true,
  ): Promise<Records<z.output<S>> | null> {
    const schema = pageOf(record)
    const about = { service: 'pyxis-rest', what: `GET ${path}` }
    const whole = await readWhole(about, async () => {
      const list: List<z.output<S>> = { read: [], unreadable: [], totals: [], count: 0, ids: [] }
      const seen = new Set<string>()
      for (let page = 0; ; page += 1) {
        checkPages(about, page + 1)
        const paging = { page, page_size: String(PAGE_SIZE) }
        const request = { path, query: { ...query, ...paging }, isFixedAddress }
        const answer = await (isFixedAddress ? http.json(request, schema) : http.jsonOrNull(request, schema))
        if (answer === null) return null
        const { read, unreadable, total, ids } = answer
        const isRepeated = ids.length > 0 && ids.every((id) => seen.has(id))
        list.read.push(...read)
        list.unreadable.push(...unreadable)
        if (total !== null) list.totals.push(total)
        const count = read.length + unreadable.length
        list.count += count
        list.ids.push(...ids)
        for (const id of ids) seen.add(id)
        if (count === 0 || isRepeated || (total !== null && (page + 1) * PAGE_SIZE >= total)) return list
      }
    })
    return whole && { read: whole.read, unreadable: whole.unreadable }
  }

  async function bundles(filter: string): Promise<Records<ListedBundle>> {
    const query = { include: including(BUNDLE_FIELDS), filter }
    return (await readAll('/v1/operators/bundles', query, bundleSchema)) ?? NOTHING
  }

  return {
    image: async (nvr) => {
      const path = `/v1/images/nvr/${encodeURIComponent(nvr)}`
      const records = await readAll(path, { include: including(IMAGE_FIELDS) }, imageSchema, false)
      if (!records) return null
      const { read, unreadable } = records
      for (const record of read)
        checkSubject({ service: 'pyxis-rest', what: `GET ${path}` }, nvr, record.nvr ?? nvr)
      if (read.length > 0) return mergeArches(nvr, read)
      if (unreadable.length === 0) return null
      return { fault: `its record in the catalogue cannot be read at ${unreadableText(unreadable)}` }
    },
    nvrsOfDigest: async (digest) => {
      const either = ['manifest_list_digest', 'manifest_schema2_digest'].map(
        (field) => `repositories.${field}==${quoted(digest)}`,
      )
      const filter = `(${either.join(' or ')}) and brew != null`
      const query = { include: including(['_id', 'brew', 'repositories']), filter }
      const { read, unreadable } = (await readAll('/v1/images', query, nvrSchema)) ?? NOTHING
      return { read: [...new Set(read.flatMap((nvr) => nvr ?? []))].sort(), unreadable }
    },
    indexImages: async (organizations) => {
      const filter = organizations.map((name) => `organization==${quoted(name)}`).join(' or ')
      const query: Record<string, string> = filter === '' ? {} : { filter }
      return (await readAll('/v1/operators/indices', query, indexSchema)) ?? NOTHING
    },
    bundlesRelatedTo: async (digest, indexPaths) => {
      if (indexPaths.length === 0) return NOTHING
      const paths = indexPaths.map(quoted).join(',')
      const filter = `related_images.digest==${quoted(digest)} and latest_in_channel==true and source_index_container_path=in=(${paths})`
      return bundles(filter)
    },
    bundlesByDigest: async (digests) => {
      const found = await Promise.all(
        chunksOf([...new Set(digests)], DIGESTS_AT_ONCE).map((chunk) =>
          bundles(chunk.map((digest) => `bundle_path_digest==${quoted(digest)}`).join(' or ')),
        ),
      )
      return found.flatMap(({ read }) => read)
    },
    autoRebuildTags: async (registry, repository) => {
      const path = `/v1/repositories/registry/${encodeURIComponent(registry)}/repository/${escapeParts(repository)}`
      const query = { include: 'auto_rebuild_tags' }
      return (await http.jsonOrNull({ path, query }, repositorySchema)) ?? NOTHING
    },
    close: http.close,
  }
}

/** The catalogue's own errors are JSON or text, and have a trace id. */
function saysUnknown(answer: HttpAnswer): boolean {
  return hasBody()(answer) || answer.headers.trace_id !== undefined
}

function including(fields: readonly string[]): string {
  return fields.map((field) => `data.${field}`).join(',')
}

/** RSQL needs quotes around a value with reserved characters. */
function quoted(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** The parts of a repository's name stay separated by slashes. */
function escapeParts(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
