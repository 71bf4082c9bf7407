/** When an event and each of its open builds will be done: `/api/2/events/{id}/forecast`. */
import { createRoute, z } from '@hono/zod-openapi'
import { createForecastReader } from '../../../commands/forecast/read-forecasts.ts'
import { createReleasableCount } from '../../../commands/gate/count-releasable.ts'
import type { Releases } from '../../../commands/gate/decide-releases.ts'
import { minEventById } from '../../../db/queries/records/event-rows.ts'
import { eventStateName } from '../../../domain/event.ts'
import { isTerminalEventState } from '../../../domain/rebuild/states.ts'
import { presentForecast } from '../../../present/forecast.ts'
import type { Api, ApiContext } from '../../api.ts'
import { notFound } from '../../errors.ts'
import { idInPath } from '../../lists/arguments.ts'
import { errorSchema, json } from '../../schemas.ts'

const instant = z.string().openapi({ format: 'date-time', example: '2019-08-01T07:00:46Z' })
const build = { build_id: z.int(), name: z.string() }

const forecastSchema = z
  .object({
    at: instant.openapi({ description: 'When it was made; while the event runs at most some minutes ago' }),
    builder_minutes: z.number().openapi({ description: 'Work that is left, all tries together' }),
    builds: z
      .array(z.object({ ...build, expected_end: instant.nullable(), expected_start: instant.nullable() }))
      .openapi({
        description: 'The open builds in the order of their starts; null: what it is built on fails',
      }),
    counts: z.object({
      failed: z.int(),
      images: z.int(),
      may_go_out: z.int().nullable().openapi({
        description: 'Of the rebuilt images; null without release gates, or if deciding takes long',
      }),
      open: z.int(),
      rebuilt: z.int(),
    }),
    critical_path: z
      .array(z.object(build))
      .openapi({ description: 'The chain of open builds that is expected to end last' }),
    event_id: z.int(),
    p50: instant
      .nullable()
      .openapi({ description: 'The event is as likely to end before as after; null: nothing is open' }),
    p90: instant.nullable().openapi({ description: 'Nine of ten such events end by then' }),
    parallelism: z.int().nullable().openapi({
      description:
        'Tasks assumed to run at a time; null: limited for each target alone, or the event has ended',
    }),
  })
  .openapi('Forecast')

const route = createRoute({
  method: 'get',
  path: '/api/2/events/{id}/forecast',
  tags: ['events'],
  summary: 'When the event and its open builds are expected to be done',
  request: { params: idInPath },
  responses: { 200: json(forecastSchema, 'The forecast'), 404: json(errorSchema, 'No such event') },
})

/** Adds the route, in version 2 only because the original has no such endpoint. Nothing is stored. */
export function addForecast(app: Api, ctx: ApiContext, releases: Releases): void {
  const readForecast = createForecastReader(ctx)
  const countReleasable = createReleasableCount(ctx, releases)
  app.openapi(route, async (c) => {
    const event = await minEventById(ctx.db.fork(), c.req.valid('param').id)
    if (!event) throw notFound('No such event found.')
    const state = eventStateName(event.state)
    const hasEnded = state !== undefined && isTerminalEventState(state)
    const [forecast, mayGoOut] = await Promise.all([
      readForecast({ id: event.id, hasEnded }),
      countReleasable(event.id),
    ])
    return c.json(presentForecast(event, forecast, mayGoOut), 200)
  })
}
