/** The lab's control API: sets faults, publishes messages, reports what happened, resets the world. */
import { Hono } from 'hono'
import { z } from 'zod'
import { resetWorld, type World } from '../world.ts'
import { addFaultRoutes } from './faults.ts'
import { addKojiRoutes } from './koji.ts'
import { addMessageRoutes } from './messages.ts'
import { addReports } from './reports.ts'

/** The control API of a world; a bad request is answered with the reason. */
export function createControlApp(world: World): Hono {
  const app = new Hono()
  addReports(app, world)
  addFaultRoutes(app, world)
  addKojiRoutes(app, world)
  addMessageRoutes(app, world)
  app.post('/lab/reset', (c) => {
    resetWorld(world)
    return c.json({ reset: true })
  })
  app.onError((problem, c) => {
    if (problem instanceof z.ZodError) return c.json({ error: z.prettifyError(problem) }, 400)
    return c.json({ error: problem.message }, problem instanceof SyntaxError ? 400 : 404)
  })
  return app
}
