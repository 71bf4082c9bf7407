/** The messages from the bus: their list, and reading one again (`/api/2/inbox`). */
import { createRoute, z } from '@hono/zod-openapi'
import { replayMessage } from '../../../commands/intake/replay-messages.ts'
import { INBOX_STATES } from '../../../db/entities/index.ts'
import { inboxByIds, inboxList, SHOWN_BYTES } from '../../../db/queries/records/inbox-list.ts'
import { auditSubject } from '../../../domain/audit.ts'
import { presentInboxMessage } from '../../../present/operate.ts'
import type { Api, ApiContext } from '../../api.ts'
import { auditRefusals, guardChange, originOf, requesterOf } from '../../audit.ts'
import { requires } from '../../auth/requires.ts'
import { notFound } from '../../errors.ts'
import { expectNoFields } from '../../input/body.ts'
import { idOf } from '../../input/path.ts'
import { longIdInPath, oneOf, repeatable, text, textList } from '../../lists/arguments.ts'
import { listAnswer } from '../../lists/list-answer.ts'
import { errorSchema, guardResponses, json, PAGING_QUERY, pageOf } from '../../schemas.ts'

const messageSchema = z
  .object({
    attempts: z.int().openapi({ description: 'Failed attempts to handle it' }),
    body: z
      .string()
      .optional()
      .openapi({ description: `With show_body: its first ${SHOWN_BYTES} bytes as text` }),
    bytes: z.int(),
    event_id: z.int().nullable().openapi({ description: 'The event it opened' }),
    id: z.int(),
    message_id: z.string(),
    reason: z.string().nullable(),
    received_at: z.string(),
    state: z.enum(INBOX_STATES),
    topic: z.string(),
  })
  .openapi('InboxMessage')

const list = createRoute({
  method: 'get',
  path: '/api/2/inbox',
  tags: ['operate'],
  summary: 'Messages from the bus, newest first',
  middleware: requires('read-inbox'),
  request: {
    query: z.object({
      ...PAGING_QUERY[2],
      state: repeatable(oneOf('state', INBOX_STATES)).openapi(textList(INBOX_STATES.join(', '))),
      topic: repeatable(text).openapi(textList()),
      show_body: z
        .unknown()
        .optional()
        .openapi({ type: 'string', enum: ['True', 'False'] }),
    }),
  },
  responses: {
    200: json(pageOf(messageSchema, 2), 'A page of messages'),
    400: json(errorSchema, 'Invalid argument'),
    ...guardResponses('read-inbox'),
  },
})

const replayedSchema = z
  .object({
    id: z.int(),
    state: z.enum(INBOX_STATES).openapi({ description: '`new`: it has a meaning and will be handled' }),
    reason: z.string().nullable(),
  })
  .openapi('Replayed')

const replay = createRoute({
  method: 'post',
  path: '/api/2/inbox/{id}/replay',
  tags: ['operate'],
  summary: 'Read a failed or ignored message again, as if it had just arrived',
  request: { params: longIdInPath },
  responses: {
    200: json(replayedSchema, 'What it was read as'),
    400: json(errorSchema, 'The message is neither failed nor ignored, or the request has a field'),
    ...guardResponses('replay'),
    404: json(errorSchema, 'No such message'),
  },
})

/** Adds the routes, in version 2 only because the original has no such endpoints. */
export function addInbox(app: Api, ctx: ApiContext): void {
  app.openapi(list, async (c) => {
    const { state, topic, show_body: showBody } = c.req.valid('query')
    const em = ctx.db.fork()
    const withBody = showBody === 'True'
    const answer = await listAnswer(c, {
      em,
      list: inboxList({ state, topic }),
      load: async (ids) => (await inboxByIds(em, ids, { withBody })).map(presentInboxMessage),
      totals: ctx.totals,
      maxPerPage: ctx.settings.file.api_max_per_page,
      version: 2,
    })
    return c.json(answer, 200)
  })

  const guard = guardChange(ctx, 'replay', (c) => auditSubject.message(idOf(c.req.param())))
  app.openapi({ ...replay, middleware: guard }, (c) => {
    const { id } = c.req.valid('param')
    const who = requesterOf(c)
    const requested = () => ({ who, action: 'replay' as const, subject: auditSubject.message(id) })
    return auditRefusals(c, ctx, requested, async () => {
      await expectNoFields(c)
      const replayed = await replayMessage(ctx, id, { ...originOf(c), who })
      if (!replayed) throw notFound('No such message found.')
      return c.json(replayed, 200)
    })
  })
}
