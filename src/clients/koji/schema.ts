/** Shapes of the hub's answers, mapped to our names (behaviour/koji 4 and 6). */
import { z } from 'zod'

/** Task states; the index is the number on the wire. Only CLOSED, CANCELED and FAILED are final. */
const TASK_STATES = ['FREE', 'OPEN', 'CLOSED', 'CANCELED', 'ASSIGNED', 'FAILED'] as const
export type TaskState = (typeof TASK_STATES)[number]

/** Build states; the index is the number on the wire. */
const BUILD_STATES = ['BUILDING', 'COMPLETE', 'DELETED', 'FAILED', 'CANCELED'] as const

const id = z.number().int()
const optionalId = id.nullish().transform((value) => value ?? null)
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

/** The hub reports a missing build in several ways: null, an empty struct, an empty array. */
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

/** The answer of the login methods. */
export const loginSchema = z
  .object({ 'session-id': id, 'session-key': z.string(), 'header-auth': z.boolean().optional() })
  .transform((wire) => ({
    id: wire['session-id'],
    key: wire['session-key'],
    headerAuth: wire['header-auth'] === true,
  }))
export type SessionKey = z.output<typeof loginSchema>

/** `getLoggedInUser`. */
export const userSchema = z.object({ id, name: z.string() }).nullable()
export type KojiUser = NonNullable<z.output<typeof userSchema>>

/** `getTaskInfo`; null if the task does not exist. */
export const taskSchema = z
  .object({ id, method: z.string(), state: stateIn(TASK_STATES), owner: id.nullish(), parent: id.nullish() })
  .transform(({ owner, parent, ...task }) => ({ ...task, ownerId: owner ?? null, parentId: parent ?? null }))
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
export const childrenSchema = z.array(z.object({ id }))

/** `getTaskResult` with faults as values: a container build's result, a fault, or anything else, which is ignored. */
export const taskResultSchema = z.union([
  z.object({ faultCode: z.number(), faultString: z.string() }),
  z.object({ koji_builds: z.array(z.coerce.number().int()).nullish() }),
  z.unknown().transform(() => ({})),
])

const imageSchema = z.object({
  parent_build_id: optionalId,
  parent_image_builds: z.record(z.string(), z.object({ id, nvr: z.string() }).nullable()).nullish(),
  odcs: z.object({ compose_ids: z.array(id).nullish() }).nullish(),
  flatpak: z.boolean().nullish(),
})

const extraSchema = z.object({
  container_koji_task_id: optionalId,
  filesystem_koji_task_id: optionalId,
  operator_manifests_archive: optionalText,
  image: imageSchema.nullish(),
  typeinfo: z.object({ module: z.object({ modulemd_str: optionalText }).nullish() }).nullish(),
})

const wireBuildSchema = z.object({
  id,
  nvr: z.string(),
  name: z.string(),
  version: z.string(),
  release: z.string(),
  state: stateIn(BUILD_STATES),
  task_id: optionalId,
  source: optionalText,
  volume_name: optionalText,
  extra: extraSchema.nullish(),
})

/** `getBuild`; null if the build does not exist. For imported builds `taskId` is that of the container task. */
export const buildSchema = z.preprocess(
  emptyToNull,
  wireBuildSchema
    .transform(({ task_id, volume_name, extra, ...build }) => ({
      ...build,
      taskId: task_id ?? extra?.container_koji_task_id ?? null,
      /** Storage volume; null for the default one. */
      volume: volume_name === 'DEFAULT' ? null : volume_name,
      filesystemTaskId: extra?.filesystem_koji_task_id ?? null,
      operatorManifestsArchive: extra?.operator_manifests_archive ?? null,
      modulemd: extra?.typeinfo?.module?.modulemd_str ?? null,
      composeIds: extra?.image?.odcs?.compose_ids ?? null,
      parentBuildId: extra?.image?.parent_build_id ?? null,
      parentNvrById: parentNvrs(extra?.image?.parent_image_builds ?? {}),
      flatpak: extra?.image?.flatpak ?? false,
    }))
    .nullable(),
)
export type KojiBuild = NonNullable<z.output<typeof buildSchema>>

/** `getBuild`, reduced to source and creation time; a missing value, or one that is not a string, is null. */
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

function parentNvrs(
  parents: Record<string, { id: number; nvr: string } | null>,
): ReadonlyMap<number, string> {
  return new Map(
    Object.values(parents).flatMap((parent) => (parent ? [[parent.id, parent.nvr] as const] : [])),
  )
}

/** `listArchives` of images. */
export const archivesSchema = z.array(
  z
    .object({
      id,
      extra: z
        .object({
          image: z.object({ arch: z.string() }).nullish(),
          docker: z
            .object({
              config: z
                .object({
                  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
                })
                .nullish(),
            })
            .nullish(),
        })
        .nullish(),
    })
    .transform(({ id: archiveId, extra }) => ({
      id: archiveId,
      arch: extra?.image?.arch ?? null,
      labels: extra?.docker?.config?.config?.Labels ?? {},
    })),
)
export type ImageArchive = z.output<typeof archivesSchema>[number]

/** `listRPMs`; the RPM components of a metadata file have the same fields. */
const rpmSchema = z.object({ name: z.string(), version: z.string(), release: z.string(), arch: z.string() })
export const rpmsSchema = z.array(rpmSchema)
export type KojiRpm = z.output<typeof rpmSchema>

/** `metadata.json` of an imported build: the RPMs of all images in it. */
export const metadataSchema = z
  .object({
    output: z.array(
      z.object({ type: z.string(), components: z.array(z.looseObject({ type: z.string() })).nullish() }),
    ),
  })
  .transform(({ output }, check) => {
    const images = output.filter(({ type }) => type === 'docker-image')
    const components = images.flatMap((image) => image.components ?? []).filter(({ type }) => type === 'rpm')
    const rpms = rpmsSchema.safeParse(components)
    if (!rpms.success) check.addIssue(`an RPM is incomplete: ${z.prettifyError(rpms.error)}`)
    return rpms.data ?? z.NEVER
  })

/** `listTags` and `listTagged`, reduced to what the choice of a tag needs. */
export const tagsSchema = z.array(z.object({ id, name: z.string() }))
export type KojiTag = z.output<typeof tagsSchema>[number]
export const taggedSchema = z
  .array(z.object({ build_id: id, nvr: z.string() }))
  .transform((builds) => builds.map(({ build_id, nvr }) => ({ id: build_id, nvr })))

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

/** `listTasks` with `decode`; where the hub cannot decode a request it returns a string instead, which is ignored. */
export const taskListSchema = z.array(
  z
    .object({
      id,
      state: stateIn(TASK_STATES),
      request: taskRequestSchema.or(z.unknown().transform(() => null)),
    })
    .transform(({ request, ...task }) => ({
      ...task,
      source: request?.source ?? null,
      target: request?.target ?? null,
      release: request?.release ?? null,
    })),
)
export type ListedTask = z.output<typeof taskListSchema>[number]
