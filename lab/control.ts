/** The lab's control API: sets faults, ships advisories, reports what happened, resets the world. */
import { Hono } from 'hono'
import { z } from 'zod'
import { ADVISORY_STATES } from './catalogue/entry.ts'
import { FAULT_KINDS, SERVICES } from './fault-rule.ts'
import { moveAdvisory } from './services/errata/ship.ts'
import { taskStruct } from './services/koji/answers.ts'
import { expireSessions } from './services/koji/methods/sessions.ts'
import { resetWorld, type World } from './world.ts'

const faultSchema = z.strictObject({
  service: z.enum(SERVICES),
  kind: z.enum(FAULT_KINDS),
  operation: z.string().optional(),
  times: z.int().positive().optional(),
  forMs: z.int().positive().optional(),
  delayMs: z.int().nonnegative().optional(),
  aboveRows: z.int().nonnegative().optional(),
  code: z.int().optional(),
  text: z.string().optional(),
  about: z.string().optional(),
})

const failureSchema = z.strictObject({
  name: z.string(),
  times: z.int().positive(),
  code: z.int().default(2001),
  text: z.string().default('Image build failed. Error in plugin orchestrate_build. OSBS build id: lab'),
})

/** The control app of a world. */
export function createControlApp(world: World): Hono {
  const app = new Hono()
  addReports(app, world)
  app.post('/lab/faults', async (c) => {
    const rule = faultSchema.safeParse(await c.req.json().catch(() => null))
    if (!rule.success) return c.json({ error: z.prettifyError(rule.error) }, 400)
    const { forMs, ...fault } = rule.data
    world.faults.push(forMs === undefined ? fault : { ...fault, until: world.now() + forMs })
    return c.json(world.faults)
  })
  app.delete('/lab/faults', (c) => {
    world.faults.length = 0
    return c.json([])
  })
  app.post('/lab/failures', async (c) => {
    const failure = failureSchema.safeParse(await c.req.json().catch(() => null))
    if (!failure.success) return c.json({ error: z.prettifyError(failure.error) }, 400)
    const { name, ...script } = failure.data
    world.koji.failures.set(name, script)
    return c.json({ [name]: script })
  })
  app.post('/lab/bus/:state{silent|on}', (c) => {
    world.bus.silent = c.req.param('state') === 'silent'
    return c.json({ silent: world.bus.silent })
  })
  app.post('/lab/koji/expire-sessions', (c) => {
    expireSessions(world.koji)
    return c.json({ expired: world.koji.sessions.size })
  })
  addAdvisories(app, world)
  app.post('/lab/reset', (c) => {
    resetWorld(world)
    return c.json({ reset: true })
  })
  return app
}

function addReports(app: Hono, world: World): void {
  app.get('/lab/requests', (c) =>
    c.json({
      requests: Object.fromEntries(world.requests),
      kojiCalls: Object.fromEntries(world.kojiCalls),
      messages: { sent: world.bus.sent, dropped: world.bus.dropped },
      duplicates: world.koji.duplicates,
    }),
  )
  app.get('/lab/tasks', (c) => {
    const submitted = [...world.koji.tasks.values()].filter((task) => task.owner !== 3)
    return c.json({
      duplicates: world.koji.duplicates,
      tasks: submitted.map((task) => ({
        ...taskStruct(task, true),
        state_name: task.state,
        fault: task.fault,
      })),
    })
  })
  app.get('/lab/faults', (c) => c.json(world.faults))
}

function addAdvisories(app: Hono, world: World): void {
  app.get('/lab/advisories', (c) =>
    c.json(
      [...world.advisories.values()].map(({ id, type, number, synopsis, status }) => ({
        id,
        name: `${type}-${number}`,
        synopsis,
        status,
      })),
    ),
  )
  const move = (id: string, state: (typeof ADVISORY_STATES)[number]) => {
    moveAdvisory(world, Number(id), state)
    return { id: Number(id), status: state }
  }
  app.post('/lab/advisories/:id{\\d+}/ship', (c) => c.json(move(c.req.param('id'), 'SHIPPED_LIVE')))
  app.post('/lab/advisories/:id{\\d+}/state/:state', (c) => {
    const state = z.enum(ADVISORY_STATES).safeParse(c.req.param('state'))
    if (!state.success) return c.json({ error: `The states are ${ADVISORY_STATES.join(', ')}` }, 400)
    return c.json(move(c.req.param('id'), state.data))
  })
  app.onError((problem, c) => c.json({ error: problem.message }, 404))
}
