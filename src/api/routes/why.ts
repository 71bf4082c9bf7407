/** Why each image of an event is rebuilt or not, and what each build waits for: `/api/2/events/{id}/why`. */
import { createRoute, z } from '@hono/zod-openapi'
import { findStandings } from '../../commands/find-standings.ts'
import { resumingEvents, resumptionOf } from '../../db/queries/planning/resumptions.ts'
import { outcomesByNvr } from '../../db/queries/records/build-details.ts'
import { consideredByIds, consideredList } from '../../db/queries/records/considered-list.ts'
import { eventExists, traceIdOfEvent } from '../../db/queries/records/event-rows.ts'
import { waitsOfEvent } from '../../db/queries/waits.ts'
import { keysOf } from '../../domain/keys-of.ts'
import { STANDING_KINDS } from '../../domain/rebuild/standing.ts'
import { BUILD_STATES } from '../../domain/rebuild/states.ts'
import { presentStanding } from '../../present/standing.ts'
import { presentOutcome, presentResumption, presentWait } from '../../present/why.ts'
import type { Api, ApiContext } from '../api.ts'
import { notFound } from '../errors.ts'
import { idInPath, oneOf, single, text } from '../lists/arguments.ts'
import { listAnswer } from '../lists/list-answer.ts'
import { errorSchema, json, objectSchema, orNull, PAGING_QUERY, pageOf, traceId } from '../schemas.ts'

const waitSchema = z
  .object({
    kind: z.enum(['service', 'verification']),
    service: z.string().nullable(),
    blame: z.enum(['service', 'account']).nullable(),
    build_id: z.int().nullable(),
    reason: z.string(),
    since: z.string(),
    next_attempt: z.string(),
  })
  .openapi('Wait')

const OUTCOMES = ['rebuild', 'not-rebuilt'] as const

const outcomeSchema = z
  .object({
    id: z.int(),
    state_name: z.string().nullable(),
    state_reason: z.string().nullable(),
    failure_detail: z.string().nullable().openapi({ description: 'What the build system reported' }),
    note: z.string().nullable().openapi({ description: 'What the check of its RPMs noticed' }),
    waiting: z.array(waitSchema),
  })
  .openapi('BuildOutcome')

const reasonSchema = z
  .object({
    nvr: z.string().openapi({ example: 'httpd-container-2.4-1' }),
    outcome: z.enum(OUTCOMES),
    rule: z.string().openapi({ description: 'Name of the deciding rule', example: 'rpm-version' }),
    reason: z.string().openapi({ description: 'A sentence with the compared values' }),
    details: orNull(objectSchema),
    build: orNull(outcomeSchema).openapi({
      description: 'The build of the image in this event, if it has one',
    }),
  })
  .openapi('Reason')

const resumptionSchema = z
  .object({
    event_id: z.int(),
    builds: z
      .array(z.int())
      .openapi({ description: 'Its builds that are planned again; empty: it is discovered again' }),
    reason: z.string().nullable(),
  })
  .openapi('Resumption')

const buildStateSchema = z.enum(keysOf(BUILD_STATES))

const standingSchema = z
  .object({
    build_id: z.int(),
    name: z.string(),
    original_nvr: z.string().nullable(),
    state_name: buildStateSchema,
    kind: z.enum(STANDING_KINDS).openapi({
      description: 'What the build waits for, or what ended it (docs/behaviour/freshmaker.md, 3.8)',
    }),
    ready_now: z.boolean().openapi({ description: 'Whether it could be submitted at this moment' }),
    sentence: z.string(),
    parent: z.object({ build_id: z.int(), name: z.string(), state_name: buildStateSchema }).optional(),
    composes: z.array(z.object({ id: z.int(), state_name: z.string().nullable() })).optional(),
    compose_requests: z.int().optional(),
    event_state_name: z.string().optional(),
    service: z.string().optional(),
    blame: z.enum(['service', 'account']).nullable().optional(),
    detail: z.string().nullable().optional(),
    task: z.int().nullable().optional(),
    try: z.int().optional().openapi({ description: 'The try that is delayed' }),
    in_use: z.int().optional().openapi({ description: 'Tasks in flight, of at most "limit"' }),
    limit: z.int().optional(),
    target: z.string().nullable().optional().openapi({ description: 'null: the limit over all targets' }),
    rebuilt_nvr: z.string().nullable().optional(),
    since: z.string().nullable().optional(),
    until: z.string().optional().openapi({ description: 'End of the delay or claim, or the next attempt' }),
    looked_at: z
      .string()
      .nullable()
      .optional()
      .openapi({ description: 'When the last poll of all tasks began' }),
    ended: z.string().nullable().optional(),
  })
  .openapi('Standing')

const answerSchema = pageOf(reasonSchema, 2).extend({
  builds: z.array(standingSchema).openapi({ description: 'All builds of the event, on each page' }),
  waiting: z.array(waitSchema),
  resumes: orNull(resumptionSchema).openapi({ description: 'The ended event that this one resumes' }),
  resumed_by: z.array(z.int()).openapi({ description: 'Events that resume this one' }),
  trace_id: traceId,
})

const route = createRoute({
  method: 'get',
  path: '/api/2/events/{id}/why',
  tags: ['events'],
  summary: 'The reasons for all images that were considered, and what each build waits for or what ended it',
  request: {
    params: idInPath,
    query: z.object({
      ...PAGING_QUERY[2],
      image: single(text).openapi({ type: 'string', description: 'NVR of an image' }),
      outcome: single(oneOf('outcome', OUTCOMES)).openapi({ type: 'string', enum: [...OUTCOMES] }),
    }),
  },
  responses: {
    200: json(
      answerSchema,
      'A page of reasons, the standing of each build, everything in the event that waits for a service or a verification, and the events it resumes or that resume it',
    ),
    400: json(errorSchema, 'Invalid argument'),
    404: json(errorSchema, 'No such event'),
  },
})

/** Adds the route, in version 2 only because the original has no such endpoint. */
export function addWhy(app: Api, ctx: ApiContext): void {
  app.openapi(route, async (c) => {
    const em = ctx.db.fork()
    const { id } = c.req.valid('param')
    if (!(await eventExists(em, id))) throw notFound('No such event found.')
    const { image, outcome } = c.req.valid('query')
    const answer = await listAnswer(c, {
      em,
      list: consideredList(id, { nvr: image, outcome }),
      load: (ids) => consideredByIds(em, ids),
      maxPerPage: ctx.settings.file.api_max_per_page,
      version: 2,
    })
    const waits = await waitsOfEvent(em, id, ctx.settings.env.POLL_INTERVAL_MS)
    const outcomes = await outcomesByNvr(
      em,
      id,
      answer.items.map((item) => item.nvr),
    )
    const items = answer.items.map((item) => {
      const outcome = outcomes.get(item.nvr)
      return { ...item, build: outcome ? presentOutcome(outcome, waits) : null }
    })
    const standings = await findStandings(ctx, id, { nvr: image, waits })
    const resumption = await resumptionOf(em, id)
    const related = {
      resumes: resumption ? presentResumption(resumption) : null,
      resumed_by: await resumingEvents(em, id),
    }
    return c.json(
      {
        ...answer,
        items,
        builds: standings.map(presentStanding),
        waiting: waits.map(presentWait),
        ...related,
        trace_id: (await traceIdOfEvent(em, id)) ?? undefined,
      },
      200,
    )
  })
}
