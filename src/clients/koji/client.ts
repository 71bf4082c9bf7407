/** The build system: bulk reads without a login, submissions exactly once with one (behaviour/koji). */
import { z } from 'zod'
import type { RelatedImages } from '../../domain/rebuild/discover/bundles/judge.ts'
import type { Module } from '../../domain/rebuild/discover/flatpaks/module.ts'
import type { BuildBranch } from '../../domain/rebuild/discover/named-release.ts'
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import type { TaskState } from '../../domain/rebuild/task-state.ts'
import type { BatchResult } from '../../lib/async/batch.ts'
import { createTokenBucket } from '../../lib/async/token-bucket.ts'
import { troubleOf } from '../../lib/errors.ts'
import type { Behalf } from '../../lib/http/behalf.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { readBuildBranches } from './build-branches.ts'
import { type BuildOrigins, readBuildOrigins } from './build-origins.ts'
import { readRpmEpochs, readRpmNames } from './build-rpms.ts'
import type { NoSource, SourceOptions } from './build-source.ts'
import { gatherBuildSources } from './build-sources.ts'
import { readBuildTarget } from './build-target.ts'
import { calls } from './hub/calls.ts'
import { checked, readMany, readOne, throwTrouble } from './hub/checked.ts'
import { FAULT, isFault } from './hub/fault.ts'
import { createHubLogin, type KojiAuth } from './hub/login.ts'
import { createReads } from './hub/reads.ts'
import { createAnonymousSession, createSession } from './hub/session.ts'
import { createPost } from './hub/transport.ts'
import { readImageLabels } from './image-contents.ts'
import { readModules } from './modules.ts'
import { type BundleCsv, readBundleCsv, readRelatedImages } from './operator-manifests.ts'
import { buildSchema, type KojiBuild } from './schemas/builds.ts'
import {
  type BuildTarget,
  type KojiTag,
  type KojiUser,
  type TaggedBuilds,
  taggedSchema,
  tagsSchema,
  targetSchema,
  userSchema,
} from './schemas/hub.ts'
import { type KojiTask, taskSchema } from './schemas/tasks.ts'
import { type Cancellations, createCancellations } from './tasks/cancellations.ts'
import { createSubmissions, type Submissions } from './tasks/submissions.ts'
import { createTaskReads, type TaskReads } from './tasks/task-reads.ts'

export type { KojiAuth } from './hub/login.ts'

/** `url` is the hub. */
export type KojiOptions = ClientOptions & {
  /** Where the hub's files are served; without it only what the hub itself knows can be read. */
  topUrl?: string
  auth: KojiAuth
  /** Requests on average; calls beyond that gather in multicalls. Lookups of many things at once do not wait. */
  requestsPerSecond: number
}

/** All reads reject with `KojiFault` or `UpstreamError` and are safe to repeat. */
export type KojiClient = Submissions &
  TaskReads & {
    /** The same reads for callers in no hurry: they join a request that is sent anyway, or are sent after a second. */
    unhurried: TaskReads
    /**
     * `null`: unknown build, or the text is not an NVR. Builds whose record cannot be read are missing, also when all are;
     * trouble of the hub about one of them rejects.
     */
    getBuilds<K extends string | number>(nvrsOrIds: readonly K[]): Promise<Map<K, KojiBuild | null>>
    /** Where and when builds were made, each NVR separately: a fault about one of them does not affect the others. */
    buildOrigins(nvrs: readonly string[], behalf: Behalf): Promise<BuildOrigins>
    /** `null`: no such task (any more). Tasks whose answer cannot be read are missing, also when all are. */
    taskInfos(taskIds: readonly number[]): Promise<Map<number, KojiTask | null>>
    /** The target that a build was made for; `taskId`: its task, where that is known. `null`: there is none, or it is unknown. */
    buildTarget(nvr: string, taskId: number | null): Promise<string | null>
    /** The dist-git branch of each build, by NVR (behaviour/freshmaker 6.6). */
    buildBranches(nvrs: readonly string[]): Promise<Map<string, BuildBranch>>
    /** behaviour/freshmaker 7.4 step 1 for many images at once. */
    buildSources(
      nvrs: readonly string[],
      options: SourceOptions,
    ): Promise<Map<string, BuildSource | NoSource>>
    /** Epochs by NVR of the RPM, as far as the hub lists the RPMs of these builds. */
    rpmEpochs(kojiBuildIds: readonly number[]): Promise<ReadonlyMap<string, number>>
    /** Names of the RPMs of these builds, as far as the hub lists them. */
    rpmNames(kojiBuildIds: readonly number[]): Promise<ReadonlySet<string>>
    imageLabels(kojiBuildId: number): Promise<Record<string, string>>
    /** The images that operator bundles refer to, by NVR of the bundle. */
    relatedImages(nvrs: readonly string[]): Promise<Map<string, RelatedImages>>
    /** The CSV in the manifests of an operator bundle. */
    bundleCsv(nvr: string): Promise<BundleCsv | { fault: string }>
    /** Builds of modules by NVR, or why one cannot be taken for a module. */
    modules(nvrs: readonly string[]): Promise<Map<string, Module | { fault: string }>>
    cancelTask: Cancellations['cancelTask']
    listTags(nvr: string): Promise<KojiTag[]>
    /** Builds with a tag, the latest of each package first; `latest` leaves out all others. */
    listTagged(tag: string, options: { latest?: boolean; package?: string }): Promise<TaggedBuilds>
    getBuildTarget(name: string): Promise<BuildTarget | null>
    /** `null` without a login. */
    getLoggedInUser(): Promise<KojiUser | null>
    /** The version of the hub, which shows that it answers. */
    ping(): Promise<string>
    close(): Promise<void>
  }

/** Burst size after a quiet period, in seconds' worth of requests. */
const BURST_S = 4

/** One client, which is one session, for a whole process. */
export function createKojiClient(options: KojiOptions): KojiClient {
  const { url, topUrl, auth, retry, log, requestsPerSecond, concurrency, onUnreadable: report } = options
  const hub = createHttpClient({
    ...options,
    service: 'koji',
    headers: { 'user-agent': 'koji/1' },
  })
  const files = topUrl ? createHttpClient({ ...options, service: 'koji-files', url: topUrl }) : undefined
  const post = createPost(hub)
  const bucket = createTokenBucket({ perSecond: requestsPerSecond, burst: BURST_S * requestsPerSecond })
  const reads = createReads({ post, retry, log, bucket, maxInFlight: concurrency, report })
  const session =
    auth.kind === 'none'
      ? createAnonymousSession(post)
      : createSession(post, createHubLogin(post, auth, url), { retry, log })

  async function stateOf(taskId: number): Promise<TaskState | null> {
    return (await readOne(reads, calls.taskInfo(taskId), taskSchema))?.state ?? null
  }

  return {
    ...createSubmissions(session, reads, bucket),
    ...createCancellations(session, reads, stateOf),
    ...createTaskReads(reads, files),
    unhurried: createTaskReads(reads.unhurried, files),
    taskInfos: async (ids) => knownOf(await readMany(reads, [...new Set(ids)], calls.taskInfo, taskSchema)),
    getBuilds: async (keys) =>
      knownOf(throwTrouble(await readMany(reads, [...new Set(keys)], calls.build, buildSchema))),
    buildOrigins: (nvrs, behalf) => readBuildOrigins(reads, nvrs, behalf),
    buildTarget: (nvr, taskId) => readBuildTarget(reads, nvr, taskId),
    buildBranches: (nvrs) => readBuildBranches(reads, nvrs),
    buildSources: (nvrs, sourceOptions) => gatherBuildSources(reads, nvrs, sourceOptions),
    rpmEpochs: (kojiBuildIds) => readRpmEpochs(reads, kojiBuildIds),
    rpmNames: (kojiBuildIds) => readRpmNames(reads, kojiBuildIds),
    imageLabels: (kojiBuildId) => readImageLabels(reads, kojiBuildId),
    relatedImages: (nvrs) => readRelatedImages(reads, nvrs),
    bundleCsv: (nvr) => readBundleCsv(reads, files, nvr),
    modules: (nvrs) => readModules(reads, nvrs),
    listTags: async (nvr) => (await readOne(reads, calls.tags(nvr), tagsSchema)).read,
    listTagged: (tag, named) => readOne(reads, calls.tagged(tag, { ...named }), taggedSchema),
    getBuildTarget: (name) => readOne(reads, calls.buildTarget(name), targetSchema),
    getLoggedInUser: async () => {
      const call = calls.loggedInUser()
      return checked(call, userSchema, await session.call(call, 'read'), report)
    },
    ping: () => readOne(reads, calls.version(), z.string()),
    close: async () => {
      await session.close().catch(() => undefined) // the hub forgets the session by itself
      await Promise.all([hub.close(), files?.close()])
    },
  }
}

/**
 * What is known of each key: its value, or null when the hub reports (fault 1000) that there is no such thing. A key
 * whose answer cannot be used is missing; when nothing is known and the hub is in trouble, that is thrown.
 */
function knownOf<K, V>(results: [K, BatchResult<V>][]): Map<K, V | null> {
  const known = new Map<K, V | null>()
  const failures: Error[] = []
  for (const [key, result] of results) {
    if (result.ok) known.set(key, result.value)
    else if (isFault(result.error, FAULT.generic)) known.set(key, null)
    else failures.push(result.error)
  }
  const trouble = failures.find(troubleOf)
  if (trouble && known.size === 0) throw trouble
  return known
}
