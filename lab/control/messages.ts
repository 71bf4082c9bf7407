/** Control of messages: ships advisories, silences the bus, publishes misleading messages of other hubs and clients. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { ADVISORY_STATES, type AdvisoryState } from '../catalogue/entry.ts'
import { moveAdvisory, shipImages } from '../services/errata/ship.ts'
import { signAdvisory } from '../services/errata/sign.ts'
import { publishForeignTask } from '../services/koji/foreign-task.ts'
import { TASK_STATES, type TaskState } from '../services/koji/records.ts'
import { publishForeignCompose } from '../services/odcs/foreign-compose.ts'
import { COMPOSE_STATES, type ComposeState } from '../services/odcs/state.ts'
import { ENVELOPES, RESULT_FORMATS, type World } from '../world.ts'

const claims = z.record(z.string(), z.json()).optional()
const stateOf = <T extends string>(states: Readonly<Record<T, number>>) =>
  z.custom<T>(
    (name) => typeof name === 'string' && Object.hasOwn(states, name),
    `state: must be one of ${Object.keys(states).join(', ')}`,
  )

const foreignTaskSchema = z.strictObject({
  id: z.int(),
  state: stateOf<TaskState>(TASK_STATES),
  instance: z.string().optional(),
  info: claims,
})
const foreignComposeSchema = z.strictObject({
  id: z.int(),
  state: stateOf<ComposeState>(COMPOSE_STATES),
  claims,
})

const formatSchema = z.strictObject({
  results: z.enum(RESULT_FORMATS).optional(),
  envelope: z.enum(ENVELOPES).optional(),
})

/** `/lab/bus/...`, `/lab/advisories/...` and `/lab/images/ship`. */
export function addMessageRoutes(app: Hono, world: World): void {
  app.post('/lab/bus/:state{silent|on}', (c) => {
    world.bus.silent = c.req.param('state') === 'silent'
    return c.json({ silent: world.bus.silent })
  })
  app.post('/lab/bus/foreign-task', async (c) => {
    return c.json(publishForeignTask(world, foreignTaskSchema.parse(await c.req.json())))
  })
  app.post('/lab/bus/foreign-compose', async (c) => {
    return c.json(publishForeignCompose(world, foreignComposeSchema.parse(await c.req.json())))
  })
  app.post('/lab/bus/format', async (c) => {
    Object.assign(world.bus.format, formatSchema.parse(await c.req.json()))
    return c.json(world.bus.format)
  })
  addAdvisories(app, world)
}

const imagesSchema = z.strictObject({ images: z.array(z.string()).min(1) })

function addAdvisories(app: Hono, world: World): void {
  const move = (id: string, state: AdvisoryState) => {
    moveAdvisory(world, Number(id), state)
    return { id: Number(id), status: state }
  }
  app.post('/lab/images/ship', async (c) =>
    c.json({ advisory: shipImages(world, imagesSchema.parse(await c.req.json()).images) }),
  )
  app.post('/lab/advisories/:id{\\d+}/ship', (c) => c.json(move(c.req.param('id'), 'SHIPPED_LIVE')))
  app.post('/lab/advisories/:id{\\d+}/sign', (c) => {
    const id = Number(c.req.param('id'))
    signAdvisory(world, id)
    return c.json({ id, signed: true })
  })
  app.post('/lab/advisories/:id{\\d+}/state/:state', (c) => {
    const state = z.enum(ADVISORY_STATES).safeParse(c.req.param('state'))
    if (!state.success) return c.json({ error: `The states are ${ADVISORY_STATES.join(', ')}` }, 400)
    return c.json(move(c.req.param('id'), state.data))
  })
}
