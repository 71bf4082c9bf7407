/** `brew.task.*`: a task of the build system has changed its state (behaviour/koji 7). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import { asRecord, type Content } from '../content.ts'
import { ignored, invalid, means, wireId } from '../reading.ts'

/** The result of a closed task; what cannot be read is left out, since the hub is queried for it anyway. */
const resultSchema = z
  .object({ koji_builds: z.array(wireId).transform((ids) => ids.at(-1)) })
  .transform(({ koji_builds: kojiBuildId }) => kojiBuildId)
  .optional()
  .catch(undefined)

const schema = z.object({
  attribute: z.string().nullish(),
  new: z.enum(['FREE', 'OPEN', 'CLOSED', 'CANCELED', 'ASSIGNED', 'FAILED']),
  info: z.object({ id: wireId, method: z.string(), result: resultSchema }),
})

/** The state is in `new` of the body; topic and headers may name an older one. */
export function parseTaskState({ body, headers }: Content): Reading {
  const received = body === undefined ? fromHeaders(headers) : completed(body, headers)
  const message = schema.safeParse(received)
  if (!message.success) return invalid(message.error)
  const { attribute, new: state, info } = message.data
  if (info.method !== 'buildContainer')
    return ignored(`Task ${info.id} is a ${info.method} task, not buildContainer.`)
  if ((attribute ?? 'state') !== 'state')
    return ignored(`Task ${info.id} has changed its ${attribute}, not its state.`)
  if (state !== 'CLOSED' && state !== 'FAILED' && state !== 'CANCELED')
    return ignored(`Task ${info.id} is now ${state} and has not ended.`)
  const left = info.result === undefined ? {} : { kojiBuildId: info.result }
  return means({ kind: 'task-ended', taskId: info.id, state, ...left })
}

function fromHeaders({ attribute, new: state, id, method }: Content['headers']): unknown {
  return { attribute, new: state, info: { id, method } }
}

/** Headers stand in for what the body leaves out; a body that is not an object stays as it is, and is reported as wrong. */
function completed(body: unknown, headers: Content['headers']): unknown {
  if (asRecord(body) !== body) return body
  const { id, method, attribute, new: state } = headers
  const record = asRecord(body)
  return { attribute, new: state, ...record, info: { id, method, ...asRecord(record.info) } }
}
