/** Client of the build system: bulk reads without a login, builds submitted exactly once with one (behaviour/koji). */
import { z } from 'zod'
import type { BuildSource, InstalledRpm } from '../../domain/rebuild/images/image.ts'
import { OutcomeUnknown } from '../../lib/errors.ts'
import { type ClientOptions, createHttpClient } from '../../lib/http/client.ts'
import { type BuildOrigins, readBuildOrigins } from './build-origins.ts'
import type { NoSource, SourceOptions } from './build-source.ts'
import { gatherBuildSources } from './build-sources.ts'
import { calls } from './hub/calls.ts'
import { checkResult, readMany, readOne } from './hub/checked.ts'
import { FAULT, isFault } from './hub/fault.ts'
import { createLogin, type KojiAuth } from './hub/login.ts'
import { createReads } from './hub/reads.ts'
import { createAnonymousSession, createSession } from './hub/session.ts'
import { createPost } from './hub/transport.ts'
import { readImageLabels, readImageRpms } from './image-contents.ts'
import {
  type BuildTarget,
  buildSchema,
  type KojiBuild,
  type KojiTag,
  type KojiTask,
  type KojiUser,
  type TaskRequest,
  taggedSchema,
  tagsSchema,
  targetSchema,
  taskRequestSchema,
  taskSchema,
  userSchema,
} from './schema.ts'
import { createSubmissions, type Submissions } from './submissions.ts'
import { readTaskOutcome, type TaskOutcome } from './task-outcome.ts'

export type { KojiAuth } from './hub/login.ts'

/** `url` is the URL of the hub. */
export type KojiOptions = ClientOptions & {
  /** Root URL of the hub's files; without it, only the hub's own records can be read. */
  topUrl?: string
  auth: KojiAuth
  /** While a request is in progress, further calls are collected for this long and sent as one. */
  batchMs: number
}

/** All reads are safe to repeat, and reject with `KojiFault` or `UpstreamError`. */
export type KojiClient = Submissions & {
  /** `null`: the build does not exist, or the text is not an NVR. */
  getBuilds<K extends string | number>(nvrsOrIds: readonly K[]): Promise<Map<K, KojiBuild | null>>
  /** Source and creation time of builds: a fault for one NVR does not affect the others. */
  buildOrigins(nvrs: readonly string[], signal: AbortSignal): Promise<BuildOrigins>
  /** `null`: the task does not exist (any more). */
  taskInfos(taskIds: readonly number[]): Promise<Map<number, KojiTask | null>>
  /** `null`: the task does not exist. */
  taskRequests(taskIds: readonly number[]): Promise<Map<number, TaskRequest | null>>
  taskOutcome(taskId: number): Promise<TaskOutcome>
  /** Does step 1 of behaviour/freshmaker 7.4 for many images at once. */
  buildSources(nvrs: readonly string[], options: SourceOptions): Promise<Map<string, BuildSource | NoSource>>
  /** The RPMs of all architectures. */
  imageRpms(kojiBuildId: number, nvr: string): Promise<InstalledRpm[]>
  imageLabels(kojiBuildId: number): Promise<Record<string, string>>
  /** Whether the task is canceled afterwards; false if it ended otherwise or does not exist. Safe to repeat. */
  cancelTask(taskId: number): Promise<boolean>
  listTags(nvr: string): Promise<KojiTag[]>
  /** Builds with a tag, the latest of each package first; `latest` returns only those. */
  listTagged(
    tag: string,
    options: { latest?: boolean; package?: string },
  ): Promise<{ id: number; nvr: string }[]>
  getBuildTarget(name: string): Promise<BuildTarget | null>
  /** `null` without a login. */
  getLoggedInUser(): Promise<KojiUser | null>
  /** Returns the hub's version, to check that it answers. */
  ping(): Promise<string>
  close(): Promise<void>
}

/** A client has one session at the hub; create one for the whole process. */
export function createKojiClient(options: KojiOptions): KojiClient {
  const { url, topUrl, auth, retry, batchMs, concurrency } = options
  const hub = createHttpClient({
    ...options,
    service: 'koji',
    headers: { 'user-agent': 'koji/1' },
  })
  const files = topUrl ? createHttpClient({ ...options, service: 'koji', url: topUrl }) : undefined
  const post = createPost(hub)
  const reads = createReads({ post, retry, windowMs: batchMs, maxInFlight: concurrency })
  const session =
    auth.kind === 'none'
      ? createAnonymousSession(post)
      : createSession(post, createLogin(post, auth, url), retry)

  async function taskInfos(taskIds: readonly number[]): Promise<Map<number, KojiTask | null>> {
    return valuesOf(await readMany(reads, [...new Set(taskIds)], calls.taskInfo, taskSchema))
  }

  return {
    ...createSubmissions(session, batchMs),
    taskInfos,
    getBuilds: async (keys) => valuesOf(await readMany(reads, [...new Set(keys)], calls.build, buildSchema)),
    buildOrigins: (nvrs, signal) => readBuildOrigins(reads, nvrs, signal),
    taskRequests: async (ids) =>
      valuesOf(await readMany(reads, [...new Set(ids)], calls.taskRequest, taskRequestSchema)),
    taskOutcome: (taskId) => readTaskOutcome(reads, taskId),
    buildSources: (nvrs, sourceOptions) => gatherBuildSources(reads, nvrs, sourceOptions),
    imageRpms: (kojiBuildId, nvr) => readImageRpms(reads, files, kojiBuildId, nvr),
    imageLabels: (kojiBuildId) => readImageLabels(reads, kojiBuildId),
    cancelTask: async (taskId) => {
      try {
        await session.call(calls.cancelTask(taskId), 'write')
      } catch (error) {
        if (!(error instanceof OutcomeUnknown)) throw error // otherwise the task's state decides
      }
      // Koji returns the same whether it canceled the task or not.
      return (await taskInfos([taskId])).get(taskId)?.state === 'CANCELED'
    },
    listTags: (nvr) => readOne(reads, calls.tags(nvr), tagsSchema),
    listTagged: (tag, named) => readOne(reads, calls.tagged(tag, { ...named }), taggedSchema),
    getBuildTarget: (name) => readOne(reads, calls.buildTarget(name), targetSchema),
    getLoggedInUser: async () => {
      const call = calls.loggedInUser()
      return checkResult(call, userSchema, await session.call(call, 'read'))
    },
    ping: () => readOne(reads, calls.version(), z.string()),
    close: async () => {
      await session.close().catch(() => undefined) // the hub expires the session anyway
      await Promise.all([hub.close(), files?.close()])
    },
  }
}

/** Turns results into values by key; with fault 1000 the hub reports that something does not exist. */
function valuesOf<K, V>(
  pairs: [K, { ok: true; value: V } | { ok: false; error: Error }][],
): Map<K, V | null> {
  return new Map(
    pairs.map(([key, result]) => {
      if (result.ok) return [key, result.value]
      if (isFault(result.error, FAULT.generic)) return [key, null]
      throw result.error
    }),
  )
}
