/** Shapes of the hub's answers, turned into our words (behaviour/koji 4 and 6). */
import { z } from 'zod'
import { tryParseNvr } from '../../domain/rebuild/images/nvr.ts'
import { TASK_STATES } from '../../domain/rebuild/task-state.ts'
import { optionalRecordsOf, type Records, recordsOf, type Unreadable } from '../../lib/records.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'

/** Build states by their numbers on the wire. */
const BUILD_STATES = ['BUILDING', 'COMPLETE', 'DELETED', 'FAILED', 'CANCELED'] as const

/** Ids are 32 bits wide, in the hub's database as in ours. */
export const id = z.number().int().max(MAX_INTEGER)
/** The hub takes numbers in `extra` as text too. */
const givenId = z.union([id, z.string().regex(/^\d+$/).transform(Number).pipe(id)])
/** A value of any other kind counts as missing. */
const optionalId = givenId
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)
const optionalText = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)
/** The readable ids of a list; null without a list. */
const optionalIds = z
  .array(optionalId)
  .nullish()
  .catch(null)
  .transform((ids) => ids?.filter((value) => value !== null) ?? null)

/** The hub has more than one way to express "nothing". */
function emptyToNull(value: unknown): unknown {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0) ? null : value
}

function stateIn<const S extends readonly string[]>(states: S) {
  return z.number().transform((number, check): S[number] => {
    const name = states[number]
    if (name === undefined) check.addIssue(`unknown state ${number}`)
    return name ?? z.NEVER
  })
}

/** Answer of the login methods. */
export const loginSchema = z
  .object({ 'session-id': id, 'session-key': z.string(), 'header-auth': z.boolean().optional() })
  .transform((wire) => ({
    id: wire['session-id'],
    key: wire['session-key'],
    headerAuth: wire['header-auth'] === true,
  }))
export type SessionKey = z.output<typeof loginSchema>

/** `getLoggedInUser`. */
export const userSchema = z.object({ id, name: optionalText }).nullable()
export type KojiUser = NonNullable<z.output<typeof userSchema>>

/** `getTaskInfo`; null when the task is unknown. Only the state decides something. */
export const taskSchema = z
  .object({ id, method: optionalText, state: stateIn(TASK_STATES), owner: optionalId, parent: optionalId })
  .transform(({ owner, parent, ...task }) => ({ ...task, ownerId: owner, parentId: parent }))
  .nullable()
export type KojiTask = NonNullable<z.output<typeof taskSchema>>

const optionsSchema = z.object({ git_branch: z.string().nullish(), release: z.string().nullish() }).catch({})

/** `getTaskRequest` of a container build: source, target and options. */
export const taskRequestSchema = z
  .tuple([z.string(), optionalText], z.unknown())
  .transform(([source, target, options]) => {
    const { git_branch, release } = optionsSchema.parse(options)
    return { source, target, branch: git_branch ?? 'unknown', release: release ?? null }
  })
export type TaskRequest = z.output<typeof taskRequestSchema>

/** `getTaskChildren`. */
export const childrenSchema = recordsOf(z.object({ id }))

/** `getTaskResult` with faults as values: a container build's result, a fault, or anything else, which carries no information. */
export const taskResultSchema = z.union([
  z.object({ faultCode: z.number(), faultString: z.string() }),
  z.object({ koji_builds: z.array(optionalId).nullish() }),
  z.unknown().transform(() => ({})),
])

/** A parent outside the build system has no id and NVR here, which is a side fact. */
const parentSchema = z
  .object({ id: givenId, nvr: z.string().refine((text) => tryParseNvr(text) !== null) })
  .nullable()
  .catch(null)

/** A value that cannot be read is not a missing one: then it is not known what the image was built on. */
const UNREADABLE = 'unreadable'

const imageSchema = z.object({
  parent_build_id: z.union([givenId, z.unknown().transform(() => UNREADABLE)]).nullish(),
  parent_image_builds: z.record(z.string(), parentSchema).nullish().catch(null),
  odcs: z.object({ compose_ids: optionalIds }).nullish().catch(null),
  flatpak: z.boolean().nullish().catch(null),
})

const extraSchema = z.object({
  container_koji_task_id: optionalId,
  filesystem_koji_task_id: optionalId,
  operator_manifests_archive: optionalText,
  image: imageSchema.nullish().catch({ parent_build_id: UNREADABLE }),
  typeinfo: z
    .object({ module: z.object({ modulemd_str: optionalText }).nullish().catch(null) })
    .nullish()
    .catch(null),
})

const wireBuildSchema = z.object({
  id,
  nvr: z.string().transform((text, check) => {
    const parsed = tryParseNvr(text)
    if (!parsed) check.addIssue(`'${text.slice(0, 100)}' is not a name-version-release`)
    return parsed ? { nvr: text, ...parsed } : z.NEVER
  }),
  /** Absent from the answers of some stand-ins for a hub: then it is not known, while null is epoch 0. */
  epoch: z.number().int().nullish().catch(undefined),
  state: stateIn(BUILD_STATES),
  task_id: optionalId,
  source: optionalText,
  volume_name: optionalText,
  extra: extraSchema.nullish().catch(() => extraSchema.parse({ image: UNREADABLE })),
})

/** `getBuild`; null for an unknown build. `taskId` is the container task of imported builds. */
export const buildSchema = z.preprocess(
  emptyToNull,
  wireBuildSchema
    .transform(({ nvr: { nvr, name, version, release }, task_id, volume_name, epoch, extra, ...build }) => ({
      ...build,
      nvr,
      name,
      version,
      release,
      /** Null: not known. */
      epoch: epoch === undefined ? null : (epoch ?? 0),
      taskId: task_id ?? extra?.container_koji_task_id ?? null,
      /** Storage volume; null for the default one. */
      volume: volume_name === 'DEFAULT' ? null : volume_name,
      filesystemTaskId: extra?.filesystem_koji_task_id ?? null,
      operatorManifestsArchive: extra?.operator_manifests_archive ?? null,
      modulemd: extra?.typeinfo?.module?.modulemd_str ?? null,
      composeIds: extra?.image?.odcs?.compose_ids ?? null,
      parent: parentOf(extra?.image),
      flatpak: extra?.image?.flatpak ?? false,
    }))
    .nullable(),
)
export type KojiBuild = NonNullable<z.output<typeof buildSchema>>

/** `getBuild`, cut to where and when the build was made; a missing or non-text member is null. */
const gentleText = z.string().nullish().catch(null)
export const buildOriginSchema = z.preprocess(
  emptyToNull,
  z
    .object({
      creation_time: gentleText,
      source: gentleText,
      extra: z
        .object({ source: z.object({ original_url: gentleText }).nullish().catch(null) })
        .nullish()
        .catch(null),
    })
    .transform(({ creation_time, source, extra }) => ({
      createdAt: creation_time ?? null,
      sourceUrl: source || extra?.source?.original_url || null,
    }))
    .nullable(),
)
export type BuildOrigin = NonNullable<z.output<typeof buildOriginSchema>>

/** The build that an image was built on. `id`: null where it cannot be read; `nvr`: null where its entry is missing or odd. */
type ParentBuild = { id: number | null; nvr: string | null }

/** Null: the image was built on none of the hub. */
function parentOf(image: z.output<typeof imageSchema> | null | undefined): ParentBuild | null {
  const parentId = image?.parent_build_id ?? null
  if (parentId === null) return null
  if (typeof parentId === 'string') return { id: null, nvr: null }
  const entry = Object.values(image?.parent_image_builds ?? {}).find((parent) => parent?.id === parentId)
  return { id: parentId, nvr: entry?.nvr ?? null }
}

const imageConfigSchema = z
  .object({ Labels: z.record(z.string(), optionalText).nullish().catch(null) })
  .nullish()

/** `listArchives` of images. */
export const archivesSchema = recordsOf(
  z
    .object({
      id,
      extra: z
        .object({
          image: z.object({ arch: optionalText }).nullish().catch(null),
          docker: z
            .object({ config: z.object({ config: imageConfigSchema }).nullish() })
            .nullish()
            .catch(null),
        })
        .nullish()
        .catch(null),
    })
    .transform(({ id: archiveId, extra }) => ({
      id: archiveId,
      arch: extra?.image?.arch ?? null,
      labels: textsOf(extra?.docker?.config?.config?.Labels ?? {}),
    })),
)
export type ImageArchives = z.output<typeof archivesSchema>

function textsOf(labels: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

/** `listRPMs`, and the RPM components of a metadata file, which have the same fields. A missing epoch is 0. */
const rpmSchema = z.object({
  name: z.string(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
  epoch: z
    .union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)])
    .nullish()
    .catch(null)
    .transform((epoch) => epoch ?? 0),
})
export type KojiRpm = z.output<typeof rpmSchema>

/** `listRPMs`. */
export const rpmsSchema = recordsOf(rpmSchema)
export type KojiRpms = Records<KojiRpm>

/** A component that is certainly not an RPM: its type says so. */
const OTHER_COMPONENT = z.object({ type: z.string().refine((type) => type !== 'rpm') })

const outputSchema = z.object({
  type: z.string(),
  components: optionalRecordsOf(z.union([rpmSchema.extend({ type: z.literal('rpm') }), OTHER_COMPONENT])),
})

/** `metadata.json` of an imported build: the RPMs of each image in it, and all that cannot be read. */
export const metadataSchema = z
  .object({ output: recordsOf(outputSchema) })
  .transform(({ output }): { images: KojiRpms[]; unreadable: Unreadable[] } => {
    const images = output.read
      .filter(({ type }) => type === 'docker-image')
      .map(({ components: { read, unreadable } }) => ({
        read: read.filter((one) => 'name' in one),
        unreadable,
      }))
    return { images, unreadable: [...output.unreadable, ...images.flatMap(({ unreadable }) => unreadable)] }
  })

/** `listTags` and `listTagged`, cut to what choosing a tag needs. */
export const tagsSchema = recordsOf(z.object({ name: z.string() }))
export type KojiTag = z.output<typeof tagsSchema>['read'][number]
export const taggedSchema = recordsOf(z.object({ nvr: z.string() }))
export type TaggedBuilds = z.output<typeof taggedSchema>

/** `getBuildTarget`. */
export const targetSchema = z
  .object({ id, name: z.string(), build_tag_name: z.string(), dest_tag_name: z.string() })
  .transform(({ build_tag_name, dest_tag_name, ...target }) => ({
    ...target,
    buildTag: build_tag_name,
    destTag: dest_tag_name,
  }))
  .nullable()
export type BuildTarget = NonNullable<z.output<typeof targetSchema>>
