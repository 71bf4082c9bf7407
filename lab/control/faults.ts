/** Control of faults: sets, lists and removes the rules. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { FAULT_KINDS, type FaultKind, SERVICES, type Service } from '../fault-rule.ts'
import type { World } from '../world.ts'

const isKind = (name: unknown) => typeof name === 'string' && Object.hasOwn(FAULT_KINDS, name)
const kindNames = Object.keys(FAULT_KINDS).join(', ')

const faultSchema = z
  .strictObject({
    service: z.enum(SERVICES),
    kind: z.custom<FaultKind>(isKind, `kind: must be one of ${kindNames}`),
    operation: z.string().optional(),
    except: z.array(z.string()).optional(),
    argument: z.union([z.string(), z.number()]).optional(),
    times: z.int().positive().optional(),
    forMs: z.int().positive().optional(),
    stage: z.enum(['before', 'after']).optional(),
    status: z.int().min(400).max(599).optional(),
    delayMs: z.int().nonnegative().optional(),
    aboveRows: z.int().nonnegative().optional(),
    code: z.int().optional(),
    text: z.string().optional(),
  })
  .refine(
    ({ service, kind }) => canSimulate(service, kind),
    'this service cannot simulate faults of this kind',
  )

/** `/lab/faults`; `forMs` ends a fault after that time on the lab's clock. */
export function addFaultRoutes(app: Hono, world: World): void {
  app.get('/lab/faults', (c) => c.json(world.faults))
  app.post('/lab/faults', async (c) => {
    const { forMs, ...rule } = faultSchema.parse(await c.req.json())
    world.faults.push(forMs === undefined ? rule : { ...rule, until: world.now() + forMs })
    return c.json(world.faults)
  })
  app.delete('/lab/faults', (c) => {
    world.faults.length = 0
    return c.json([])
  })
}

function canSimulate(service: Service, kind: FaultKind): boolean {
  const services: readonly Service[] = FAULT_KINDS[kind]
  return services.includes(service)
}
