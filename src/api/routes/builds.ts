/** Builds: the list with its filters, and single builds (behaviour/freshmaker 3.2). */
import { createRoute, z } from '@hono/zod-openapi'
import { attemptsOfBuild, outcomeOfBuild } from '../../db/queries/records/build-details.ts'
import { BUILD_SORT_KEYS, buildList } from '../../db/queries/records/build-list.ts'
import { buildById, buildsByIds } from '../../db/queries/records/build-rows.ts'
import { ARTIFACT_TYPES, BUILD_STATES } from '../../domain/rebuild/states.ts'
import { presentBuild } from '../../present/build.ts'
import { inKeyOrder } from '../../present/columns.ts'
import { taskPage } from '../../present/links.ts'
import { presentAttempt } from '../../present/why.ts'
import type { Api, ApiContext, ApiVersion } from '../api.ts'
import { notFound } from '../errors.ts'
import { first, idInPath, integer, nameOrId, single, sortKey, text } from '../lists/arguments.ts'
import { listAnswer } from '../lists/list-answer.ts'
import { sharedReads } from '../middleware/shared-reads.ts'
import { buildSchema, errorSchema, json, PAGING_QUERY, pageOf } from '../schemas.ts'

const aText = { type: 'string' as const }
const anInteger = { type: 'integer' as const }
const names = (ids: object) => ({ ...aText, description: `${Object.keys(ids).join(', ')}, or the number` })

const listQuery = {
  type: single(nameOrId(ARTIFACT_TYPES, 'An invalid artifact type was supplied')).openapi(
    names(ARTIFACT_TYPES),
  ),
  state: single(nameOrId(BUILD_STATES, 'An invalid state was supplied')).openapi(names(BUILD_STATES)),
  name: single(text).openapi(aText),
  event_id: single(integer('event_id')).openapi(anInteger),
  dep_on_id: single(integer('dep_on_id')).openapi(anInteger),
  build_id: single(integer('build_id')).openapi({ ...anInteger, description: 'Task id in the build system' }),
  original_nvr: single(text).openapi(aText),
  rebuilt_nvr: single(text).openapi(aText),
  event_type_id: single(integer('event_type_id')).openapi({ ...anInteger, description: 'Type of its event' }),
  event_search_key: single(text).openapi({ ...aText, description: 'Search key of its event' }),
  order_by: first(sortKey(BUILD_SORT_KEYS)).openapi({
    ...aText,
    default: '-id',
    enum: BUILD_SORT_KEYS.flatMap((key) => [key, `-${key}`]),
  }),
}

const detailedSchema = buildSchema
  .extend({
    failure_detail: z.string().nullable(),
    tries: z.array(
      z.object({
        task: z.int(),
        began: z.string(),
        ended: z.string().nullable(),
        state: z.string().nullable().openapi({ description: 'State of the build after the try' }),
        detail: z.string().nullable(),
        url: z.string().nullable(),
      }),
    ),
    verification_note: z.string().nullable(),
  })
  .openapi('BuildWithTries')

/** `/builds/` and `/builds/{id}`. */
export function addBuilds(app: Api, ctx: ApiContext, version: ApiVersion): void {
  const list = createRoute({
    method: 'get',
    path: `/api/${version}/builds/`,
    tags: ['builds'],
    summary: 'Builds, newest first',
    middleware: sharedReads(),
    request: { query: z.object({ ...PAGING_QUERY[version], ...listQuery }) },
    responses: {
      200: json(pageOf(buildSchema, version), 'A page of builds'),
      400: json(errorSchema, 'Invalid argument'),
    },
  })
  app.openapi(list, async (c) => {
    const query = c.req.valid('query')
    const filter = {
      type: query.type,
      state: query.state,
      name: query.name,
      eventId: query.event_id,
      depOnId: query.dep_on_id,
      buildId: query.build_id,
      originalNvr: query.original_nvr,
      rebuiltNvr: query.rebuilt_nvr,
      eventTypeId: query.event_type_id,
      eventSearchKey: query.event_search_key,
    }
    const order = query.order_by ?? { key: 'id', descending: true }
    const em = ctx.db.fork()
    const answer = await listAnswer(c, {
      em,
      list: buildList(filter, order),
      load: async (ids) =>
        (await buildsByIds(em, ids)).map((build) => presentBuild(build, c.get('caller').prefix)),
      maxPerPage: ctx.settings.file.api_max_per_page,
      version,
    })
    return c.json(answer, 200)
  })

  const item = createRoute({
    method: 'get',
    path: `/api/${version}/builds/{id}`,
    tags: ['builds'],
    summary: 'A single build',
    request: { params: idInPath },
    responses: {
      200: json(version === 2 ? detailedSchema : buildSchema, 'The build'),
      404: json(errorSchema, 'No such build'),
    },
  })
  app.openapi(item, async (c) => {
    const em = ctx.db.fork()
    const build = await buildById(em, c.req.valid('param').id)
    if (!build) throw notFound('No such build found.')
    const json = presentBuild(build, c.get('caller').prefix)
    return c.json(version === 2 ? inKeyOrder({ ...json, ...(await detailsOf(ctx, build.id)) }) : json, 200)
  })
}

/** What version 2 adds to a build: how each attempt went, and why. */
async function detailsOf({ db, settings }: ApiContext, buildId: number) {
  const em = db.fork()
  const outcome = await outcomeOfBuild(em, buildId)
  const attempts = await attemptsOfBuild(em, buildId)
  const { KOJI_BASE_URL: hub } = settings.env
  return {
    failure_detail: outcome?.failureDetail ?? null,
    tries: attempts.map((record) => presentAttempt(record, (taskId) => taskPage(hub, taskId))),
    verification_note: outcome?.verificationNote ?? null,
  }
}
