/** Pulp 2: the search that maps repository ids to content sets (behaviour/freshmaker 9.3). */
import { Hono } from 'hono'
import { z } from 'zod'
import { verbAndPath, withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'

const searchSchema = z.object({
  criteria: z.object({
    filters: z.object({ id: z.object({ $in: z.array(z.string()) }) }),
    fields: z.array(z.string()).optional(),
  }),
})

/** Serves the Pulp repositories of a catalogue. */
export function createPulpApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'pulp', verbAndPath))
  app.post('/pulp/api/v2/repositories/search/', async (c) => {
    const search = searchSchema.safeParse(await c.req.json().catch(() => null))
    if (!search.success)
      return c.json({ http_status: 400, error_message: 'Invalid properties: criteria' }, 400)
    const { $in: ids } = search.data.criteria.filters.id
    const known = world.catalogue.pulpRepositories
    const found = ids.filter((id) => Object.hasOwn(known, id))
    return c.json(
      found.map((id) => ({
        _id: { $oid: Buffer.from(id).toString('hex').slice(0, 24).padEnd(24, '0') },
        id,
        notes: { content_set: known[id], arch: id.split('__').at(-1) },
        _href: `/pulp/api/v2/repositories/${id}/`,
      })),
    )
  })
  return app
}
