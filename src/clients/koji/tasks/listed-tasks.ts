/** Shape of `listTasks`: what cannot be read of a task is kept as unknown, since it may be the one that is looked for. */
import { z } from 'zod'
import { recordsOf } from '../../../lib/records.ts'
import { decodeCall, XmlRpcSyntaxError } from '../../../lib/xmlrpc/index.ts'
import { id } from '../schemas/wire.ts'

const listedOptionsSchema = z.looseObject({ release: z.string().nullish() })

/** The parameters of the call that a task was made for, which the hub stores as XML, in base64 for old tasks. */
function paramsOf(request: unknown): unknown {
  if (typeof request !== 'string') return request
  const xml = request.trimStart().startsWith('<') ? request : Buffer.from(request, 'base64').toString()
  try {
    return decodeCall(xml).params
  } catch (error) {
    if (error instanceof XmlRpcSyntaxError) return undefined
    throw error
  }
}

/** The parts of a request; what cannot be read is undefined, which is not the same as missing (null). */
const listedRequestSchema = z
  .preprocess(paramsOf, z.tuple([z.string(), z.unknown(), z.unknown()]))
  .transform(([source, target, options]) => {
    const read = listedOptionsSchema.safeParse(options)
    const opts = read.success ? read.data : undefined
    return { source, target, opts, release: opts ? (opts.release ?? null) : undefined }
  })

const secondsSchema = z.number().transform((seconds) => new Date(seconds * 1000))

const unknown = z.unknown().optional()

const listedTaskSchema = z
  .object({ id: unknown, request: unknown, create_ts: unknown })
  .transform(({ id: taskId, request, create_ts: created }) => {
    const { source, target, opts, release } = listedRequestSchema.safeParse(request).data ?? {}
    return {
      id: id.safeParse(taskId).data,
      source,
      release,
      /** The rest of what was requested. */
      target,
      opts,
      createdAt: secondsSchema.safeParse(created).data,
    }
  })

/**
 * A task of `listTasks`. A member that is undefined cannot be read, so it may have any value.
 */
export type ListedTask = z.output<typeof listedTaskSchema>

const UNREADABLE_TASK: ListedTask = listedTaskSchema.parse({})

/** What identifies an attempt must be read: the rest decides only whether a forgotten task is taken over. */
const IDENTIFYING = ['id', 'source', 'release'] as const

/** `listTasks`. Tasks that cannot be read are in the list, since each may be the one that is looked for. */
export const taskListSchema = recordsOf(listedTaskSchema).transform(({ read, unreadable }) => ({
  tasks: [...read, ...unreadable.map(() => UNREADABLE_TASK)],
  unreadable: [
    ...unreadable,
    ...read.flatMap((task, index) =>
      IDENTIFYING.flatMap((name) =>
        task[name] === undefined ? [{ path: `${index}.${name}`, message: 'cannot be read' }] : [],
      ),
    ),
  ],
}))
