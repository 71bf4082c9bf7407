/** `freshmaker.manual.rebuild` and `freshmaker.async.manual.build`: a rebuild was requested (behaviour/freshmaker 3.4, 3.5). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import { idOf } from '../../delivery.ts'
import type { Content } from '../content.ts'
import { invalid, means } from '../reading.ts'

const schema = z
  .looseObject({ msg_id: z.string().min(1).nullish(), requester: z.string().nullish() })
  .and(z.record(z.string(), z.json()))

/** Whether the request can be carried out is checked when its event is opened. */
export const parseRebuildRequest =
  (of: 'advisory' | 'async') =>
  ({ body }: Content): Reading => {
    const message = schema.safeParse(body)
    if (!message.success) return invalid(message.error)
    const { msg_id, requester = null } = message.data
    const messageId = msg_id ? idOf(msg_id) : null
    return means({ kind: 'rebuild-requested', of, messageId, requester, body: message.data })
  }
