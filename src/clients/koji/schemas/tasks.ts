/** Shapes of the hub's answers about tasks, turned into our words (behaviour/koji 4). */
import { z } from 'zod'
import { TASK_STATES } from '../../../domain/rebuild/task-state.ts'
import { recordsOf } from '../../../lib/records.ts'
import { shortened } from '../../../lib/shortened.ts'
import { MAX_INTEGER } from '../../../lib/storable.ts'
import { id, optionalId, optionalText, stateIn } from './wire.ts'

/** Seconds since 1970; anything else counts as missing. */
const time = z.number().optional().catch(undefined)

/** The release in the request of a container build, if that is in the answer; undefined: cannot be read, null: it has none. */
const requestedRelease = z
  .tuple([z.unknown(), z.unknown(), z.object({ release: z.string().nullish() })])
  .transform(([, , { release }]) => release ?? null)
  .optional()
  .catch(undefined)
const secondsSchema = z.number().min(0).max(MAX_INTEGER).optional().catch(undefined)

/** `getTaskInfo`; null when the task is unknown. Only the state decides something. */
export const taskSchema = z
  .object({
    id,
    method: optionalText,
    state: stateIn(TASK_STATES),
    owner: optionalId,
    parent: optionalId,
    create_ts: time,
    completion_ts: time,
    request: requestedRelease,
  })
  .transform(
    ({ owner, parent, create_ts: created, completion_ts: completed, request: release, ...task }) => ({
      ...task,
      release,
      ownerId: owner,
      parentId: parent,
      /** From its creation to its end, by the hub's clock. */
      seconds: created && completed ? secondsSchema.parse(completed - created) : undefined,
    }),
  )
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

/** `getTaskRequest` again: the target, in the second place of the request of any build; null without one. */
export const requestedTargetSchema = z
  .tuple([z.unknown(), optionalText], z.unknown())
  .transform(([, target]) => target)
  .catch(null)

/** `getTaskRequest` again: whether it certainly requests a scratch build. */
export const scratchSchema = z
  .tuple([z.unknown(), z.unknown(), z.object({ scratch: z.boolean() })], z.unknown())
  .transform(([, , { scratch }]) => scratch)
  .catch(false)

/** `getTaskChildren`. */
export const childrenSchema = recordsOf(z.object({ id }))

/** `getTaskResult` with faults as values: a container build's result, a fault, or anything else, which carries no information. */
export const taskResultSchema = z.union([
  z.object({ faultCode: z.number(), faultString: z.string().transform(shortened) }),
  z.object({ koji_builds: z.array(optionalId).nullish() }),
  z.unknown().transform(() => ({})),
])
