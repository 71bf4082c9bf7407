/** Shapes of the hub's answers about builds, and what they say about their origin (behaviour/koji 6). */
import { z } from 'zod'
import { tryParseNvr } from '../../../domain/rebuild/images/nvr.ts'
import { emptyToNull, givenId, id, optionalId, optionalIds, optionalText, stateIn } from './wire.ts'

/** Build states by their numbers on the wire. */
const BUILD_STATES = ['BUILDING', 'COMPLETE', 'DELETED', 'FAILED', 'CANCELED'] as const

/** A parent outside the build system has no id and NVR here, which is a side fact. */
const parentSchema = z
  .object({ id: givenId, nvr: z.string().refine((text) => tryParseNvr(text) !== null) })
  .nullable()
  .catch(null)

/** A value that cannot be read is not a missing one: then it is not known what the image was built on. */
const UNREADABLE = 'unreadable'

const imageSchema = z.object({
  parent_build_id: z.preprocess(
    (value) => value || null, // 0 and an empty text also mean "no parent", as in the originals
    z.union([givenId, z.unknown().transform(() => UNREADABLE)]).nullish(),
  ),
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

/** `getBuild`, cut to the task that made the build; null without one. */
export const buildTaskSchema = z.preprocess(
  emptyToNull,
  z
    .object({
      task_id: optionalId,
      extra: z.object({ container_koji_task_id: optionalId }).nullish().catch(null),
    })
    .transform(({ task_id, extra }) => task_id ?? extra?.container_koji_task_id ?? null)
    .nullable(),
)

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
