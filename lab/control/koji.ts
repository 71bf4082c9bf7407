/** Control of Koji: planned build failures, expired sessions, RPMs that the hub does not import. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { expireSessions } from '../services/koji/methods/sessions.ts'
import type { World } from '../world.ts'

const failureSchema = z.strictObject({
  name: z.string(),
  times: z.int().positive(),
  code: z.int().default(2001),
  text: z.string().default('Image build failed. Error in plugin orchestrate_build. OSBS build id: lab'),
})

const unimportedSchema = z.strictObject({ image: z.string(), rpms: z.array(z.string()) })

/** `/lab/failures` and `/lab/koji/...`; `image` is the name or the NVR of an image. */
export function addKojiRoutes(app: Hono, world: World): void {
  app.post('/lab/failures', async (c) => {
    const { name, ...failure } = failureSchema.parse(await c.req.json())
    world.koji.failures.set(name, failure)
    return c.json({ [name]: failure })
  })
  app.post('/lab/koji/expire-sessions', (c) => {
    expireSessions(world.koji)
    return c.json({ expired: world.koji.sessions.size })
  })
  app.post('/lab/koji/unimported-rpms', async (c) => {
    const { image, rpms } = unimportedSchema.parse(await c.req.json())
    world.koji.unimportedRpms.set(image, rpms)
    return c.json(Object.fromEntries(world.koji.unimportedRpms))
  })
}
