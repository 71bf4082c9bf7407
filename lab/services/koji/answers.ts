/** The structs of the hub, field by field as a real one sends them (behaviour/koji 4 and 6). */
import { createHash } from 'node:crypto'
import { parseNvr } from '../../../src/domain/rebuild/images/nvr.ts'
import { double, type XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import type { LabBundle, LabImage } from '../../catalogue/entry.ts'
import { moduleExtra } from './modulemd.ts'
import { type KojiBuild, type KojiTask, type KojiUser, TASK_STATES } from './records.ts'
import type { KojiState } from './state.ts'

/** A struct as it is sent, before the doubles are marked. */
export type Struct = Record<string, XmlRpcInput>

/** The channels that a task can be put into, by name. */
export const CHANNELS: Readonly<Record<string, number>> = {
  default: 1,
  'container-binary': 10,
  container: 11,
}

const BUILD_COMPLETE = 1

/** The file of a bundle's manifests, in the folder `files/operator-manifests` of its build. */
export const MANIFESTS_ARCHIVE = 'operator_manifests.zip'

/** Koji writes `2026-11-21 16:24:53.041000+00:00`, without a fraction when it is zero. */
function timeText(ms: number): string {
  const iso = new Date(ms).toISOString()
  const fraction = ms % 1000 === 0 ? '' : `.${iso.slice(20, 23)}000`
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction}+00:00`
}

function times(name: string, ms: number | null): Struct {
  return {
    [`${name}_time`]: ms === null ? null : timeText(ms),
    [`${name}_ts`]: ms === null ? null : ms / 1000,
  }
}

/** The answer of getTaskInfo; `request` is included on demand only. */
export function taskStruct(task: KojiTask, withRequest: boolean): Struct {
  const struct: Struct = {
    arch: 'noarch',
    awaited: null,
    channel_id: CHANNELS[task.channel] ?? 1,
    ...times('completion', task.completedAt),
    ...times('create', task.createdAt),
    host_id: task.state === 'FREE' ? null : 1,
    id: task.id,
    label: null,
    method: task.method,
    owner: task.owner,
    parent: null,
    priority: task.priority,
    ...times('start', task.startedAt),
    state: TASK_STATES[task.state],
    waiting: null,
    weight: 1,
  }
  return withRequest ? { ...struct, request: task.request } : struct
}

/** An item of listBuilds. */
export function listedBuildStruct(state: KojiState, build: KojiBuild): Struct {
  return {
    build_id: build.id,
    ...times('completion', build.completedAt),
    creation_event_id: build.id + 30,
    ...times('creation', build.completedAt),
    draft: false,
    epoch: build.epoch,
    extra: extraOf(state, build),
    name: build.name,
    nvr: build.nvr,
    owner_id: build.owner.id,
    owner_name: build.owner.name,
    package_id: packageId(build.name),
    package_name: build.name,
    promoter_id: null,
    promoter_name: null,
    promotion_time: null,
    promotion_ts: null,
    release: build.release,
    source: build.source,
    ...times('start', build.startedAt),
    state: BUILD_COMPLETE,
    task_id: build.taskId,
    version: build.version,
    volume_id: 0,
    volume_name: 'DEFAULT',
  }
}

/** The answer of getBuild: an item of listBuilds with three more fields. */
export function buildStruct(state: KojiState, build: KojiBuild): Struct {
  return {
    ...listedBuildStruct(state, build),
    cg_id: build.image ? 1 : null,
    id: build.id,
    cg_name: build.image ? 'atomic-reactor' : null,
  }
}

/** An item of listTagged: fewer fields, and the tag. */
export function taggedBuildStruct(
  state: KojiState,
  build: KojiBuild,
  tag: { id: number; name: string },
): Struct {
  const { extra: _, source: __, ...rest } = listedBuildStruct(state, build)
  const withoutTimestamps = Object.entries(rest).filter(([name]) => !name.endsWith('_ts'))
  return {
    ...Object.fromEntries(withoutTimestamps),
    id: build.id,
    create_event: build.id + 31,
    tag_id: tag.id,
    tag_name: tag.name,
  }
}

function extraOf(state: KojiState, build: KojiBuild): Struct | null {
  if (build.module) return moduleExtra(build.module, build.rpms ?? [])
  return build.image ? imageExtra(state, build, build.image) : null
}

function imageExtra(state: KojiState, build: KojiBuild, image: LabImage): Struct {
  const described = describedImage(state, build, image)
  const subtypes = [image.bundle && 'operator_bundle', image.flatpak && 'flatpak']
  return {
    image: described,
    osbs_build: {
      kind: 'container_build',
      engine: 'podman',
      subtypes: subtypes.filter((subtype) => subtype !== undefined),
    },
    ...(image.bundle ? { operator_manifests_archive: MANIFESTS_ARCHIVE } : {}),
    submitter: 'osbs',
    container_koji_task_id: build.taskId,
    ...(image.filesystemTaskId === null ? {} : { filesystem_koji_task_id: image.filesystemTaskId }),
    typeinfo: { image: described },
  }
}

/** The member `image`, which is also a member of `typeinfo`. */
function describedImage(state: KojiState, build: KojiBuild, image: LabImage): Struct {
  const pull = pullAddress(image.name)
  const digest = digestOf(build.nvr)
  const listType = 'application/vnd.docker.distribution.manifest.list.v2+json'
  return {
    ...(build.isolated ? { isolated: true } : {}),
    media_types: [listType, 'application/vnd.docker.distribution.manifest.v2+json'],
    index: {
      tags: [`${build.version}-${build.release}`],
      floating_tags: build.isolated ? [] : ['latest', build.version],
      unique_tags: [`t-${build.version}-${build.release}`],
      pull: [`${pull}@${digest}`, `${pull}:${build.version}-${build.release}`],
      digests: { [listType]: digest },
    },
    ...parentFields(state, image.from),
    ...(image.flatpak ? { flatpak: true } : {}),
    ...(image.bundle ? bundleFields(image.bundle) : {}),
    ...(image.composeIds.length > 0 ? composeFields(image.composeIds) : {}),
  }
}

function bundleFields({ pullspecs }: LabBundle): Struct {
  const relatedImages = { created_by_osbs: true, pullspecs: pullspecs.map((pullspec) => ({ ...pullspec })) }
  return {
    operator_manifests: { custom_csv_modifications_applied: false, related_images: relatedImages },
  }
}

function composeFields(composeIds: readonly number[]): Struct {
  return {
    odcs: { compose_ids: composeIds, signing_intent: 'release', signing_intent_overridden: false },
  }
}

function parentFields(state: KojiState, parentNvr: string | null): Struct {
  if (parentNvr === null) return { parent_image_builds: {}, parent_images: [] }
  const id = state.buildIds.get(parentNvr)
  const { name, version, release } = parseNvr(parentNvr)
  const pullspec = `${pullAddress(name)}:${version}-${release}`
  if (id === undefined) return { parent_image_builds: { [pullspec]: null }, parent_images: [pullspec] }
  return {
    parent_image_builds: { [pullspec]: { id, nvr: parentNvr } },
    parent_images: [pullspec],
    parent_build_id: id,
  }
}

/** The answer of getLoggedInUser. */
export function userStruct(user: KojiUser, authtype: number): Struct {
  const principal = `${user.name}@EXAMPLE.COM`
  return {
    id: user.id,
    name: user.name,
    status: 0,
    usertype: 0,
    krb_principals: [principal],
    authtype,
    krb_principal: principal,
  }
}

/** The address that an image can be pulled from, without a tag. */
export function pullAddress(name: string): string {
  return `registry.example.com/${name.replace(/-container$/, '')}`
}

/** A content digest derived from a name, so that it is the same every time. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function packageId(name: string): number {
  return Number.parseInt(createHash('sha1').update(name).digest('hex').slice(0, 5), 16)
}

const DOUBLES = /_ts$|^weight$/

/**
 * Marks the members that Koji sends as `<double>` even when they are whole numbers. Integers that are too large for
 * XML-RPC become doubles too: the lab itself has none, but `world.mutate` may put them into an answer.
 */
export function withDoubles(value: XmlRpcInput): XmlRpcInput {
  if (Array.isArray(value)) return value.map(withDoubles)
  if (typeof value === 'number')
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? double(value) : value
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'number' && DOUBLES.test(name) ? double(member) : withDoubles(member),
    ]),
  )
}
