/** Shape of `listTasks`: what cannot be read of a task is kept as unknown, since it may be the one that is looked for. */
import { z } from 'zod'
import { recordsOf } from '../../../lib/records.ts'
import { id } from '../schema.ts'

const listedOptionsSchema = z.object({ release: z.string().nullish() })

/** Source and release of a request; what cannot be read is undefined, which is not the same as missing (null). */
const listedRequestSchema = z
  .tuple([z.string(), z.unknown(), z.unknown()])
  .transform(([source, , options]) => {
    const read = listedOptionsSchema.safeParse(options)
    return { source, release: read.success ? (read.data.release ?? null) : undefined }
  })

const listedTaskSchema = z
  .object({ id: z.unknown(), request: z.unknown() })
  .transform(({ id: taskId, request }) => {
    const readId = id.safeParse(taskId)
    const readRequest = listedRequestSchema.safeParse(request)
    return {
      id: readId.success ? readId.data : undefined,
      source: readRequest.success ? readRequest.data.source : undefined,
      release: readRequest.success ? readRequest.data.release : undefined,
    }
  })

/**
 * A task of `listTasks`. A member that is undefined cannot be read, so the task may be any one; the hub sends a text
 * for a request that it cannot decode.
 */
export type ListedTask = z.output<typeof listedTaskSchema>

const UNREADABLE_TASK: ListedTask = { id: undefined, source: undefined, release: undefined }

/** `listTasks` with `decode`. Tasks that cannot be read are in the list, since each may be the one that is looked for. */
export const taskListSchema = recordsOf(listedTaskSchema).transform(({ read, unreadable }) => ({
  tasks: [...read, ...unreadable.map(() => UNREADABLE_TASK)],
  unreadable: [
    ...unreadable,
    ...read.flatMap((task, index) =>
      Object.entries(task).flatMap(([name, value]) =>
        value === undefined ? [{ path: `${index}.${name}`, message: 'cannot be read' }] : [],
      ),
    ),
  ],
}))
