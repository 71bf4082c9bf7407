/** Names and ids of event types, build types and build states (behaviour/freshmaker 3.2). */
import { createRoute, z } from '@hono/zod-openapi'
import { EVENT_TYPES } from '../../domain/event.ts'
import { ARTIFACT_TYPES, BUILD_STATES } from '../../domain/rebuild/states.ts'
import type { Api, ApiVersion } from '../api.ts'
import { notFound } from '../errors.ts'
import { idInPath } from '../lists/arguments.ts'
import { errorSchema, json } from '../schemas.ts'

const ENUMERATIONS = [
  { path: 'event-types', noun: 'event type', ids: EVENT_TYPES },
  { path: 'build-types', noun: 'build type', ids: ARTIFACT_TYPES },
  { path: 'build-states', noun: 'build state', ids: BUILD_STATES },
] as const

const entrySchema = z.object({ id: z.int(), name: z.string() }).openapi('NameOfId')

/** `/event-types/`, `/build-types/`, `/build-states/` and their entries. */
export function addEnumerations(app: Api, version: ApiVersion): void {
  for (const { path, noun, ids } of ENUMERATIONS) {
    const items = Object.entries(ids)
      .map(([name, id]) => ({ id, name }))
      .sort((a, b) => a.id - b.id)
    const list = createRoute({
      method: 'get',
      path: `/api/${version}/${path}/`,
      tags: [path],
      summary: `All ${noun}s`,
      responses: { 200: json(z.object({ items: z.array(entrySchema) }), `All ${noun}s`) },
    })
    app.openapi(list, (c) => c.json({ items }, 200))

    const item = createRoute({
      method: 'get',
      path: `/api/${version}/${path}/{id}`,
      tags: [path],
      summary: `A single ${noun}`,
      request: { params: idInPath },
      responses: { 200: json(entrySchema, `The ${noun}`), 404: json(errorSchema, `No such ${noun}`) },
    })
    app.openapi(item, (c) => {
      const { id } = c.req.valid('param')
      const entry = items.find((known) => known.id === id)
      if (!entry) throw notFound(`No such ${noun} found.`)
      return c.json(entry, 200)
    })
  }
}
