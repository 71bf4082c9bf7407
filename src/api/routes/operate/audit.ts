/** Who requested which change, and what became of it: `GET /api/2/audit` (decision 0028). */
import { createRoute, z } from '@hono/zod-openapi'
import { auditByIds, auditList } from '../../../db/queries/records/audit-list.ts'
import { AUDIT_ACTIONS, AUDIT_OUTCOMES } from '../../../domain/audit.ts'
import { presentAuditEntry } from '../../../present/operate.ts'
import type { Api, ApiContext } from '../../api.ts'
import { requires } from '../../auth/requires.ts'
import { instant, oneOf, repeatable, single, text, textList } from '../../lists/arguments.ts'
import { listAnswer } from '../../lists/list-answer.ts'
import { errorSchema, guardResponses, json, PAGING_QUERY, pageOf } from '../../schemas.ts'

const entrySchema = z
  .object({
    action: z.string(),
    address: z.string().nullable().openapi({ description: 'IP address, topic of the message, or host' }),
    at: z.string(),
    credential: z.string().openapi({ description: 'What proved the name; `none`: it is only claimed' }),
    detail: z
      .string()
      .nullable()
      .openapi({ description: 'Why it was refused or failed; what was done to a queue or job' }),
    door: z.string().openapi({ description: 'api, bus or command-line' }),
    event_id: z.int().nullable().openapi({ description: 'The event that was opened or changed' }),
    id: z.int(),
    outcome: z.string(),
    subject: z.string().nullable().openapi({ example: 'advisory 12345' }),
    who: z.string().nullable(),
  })
  .openapi('AuditEntry')

/** Adds the route, in version 2 only because the original has no such endpoint. */
export function addAudit(app: Api, ctx: ApiContext): void {
  const time = (name: string) =>
    single(instant(name, ctx.now)).openapi({ type: 'string', description: 'ISO 8601, or 7d for 7 days ago' })
  const route = createRoute({
    method: 'get',
    path: '/api/2/audit',
    tags: ['operate'],
    summary: 'Requests for changes, newest first',
    middleware: requires('read-audit'),
    request: {
      query: z.object({
        ...PAGING_QUERY[2],
        who: repeatable(text).openapi(textList('User name')),
        action: repeatable(oneOf('action', AUDIT_ACTIONS)).openapi(textList(AUDIT_ACTIONS.join(', '))),
        outcome: repeatable(oneOf('outcome', AUDIT_OUTCOMES)).openapi(textList(AUDIT_OUTCOMES.join(', '))),
        subject: repeatable(text).openapi(textList('Such as `advisory 12345`, `event 7`')),
        since: time('since'),
        until: time('until'),
      }),
    },
    responses: {
      200: json(pageOf(entrySchema, 2), 'A page of the audit'),
      400: json(errorSchema, 'Invalid argument'),
      ...guardResponses('read-audit'),
    },
  })
  app.openapi(route, async (c) => {
    const { page: _page, per_page: _size, cursor: _cursor, ...filter } = c.req.valid('query')
    const em = ctx.db.fork()
    const answer = await listAnswer(c, {
      em,
      list: auditList(filter),
      load: async (ids) => (await auditByIds(em, ids)).map(presentAuditEntry),
      totals: ctx.totals,
      maxPerPage: ctx.settings.file.api_max_per_page,
      version: 2,
    })
    return c.json(answer, 200)
  })
}
