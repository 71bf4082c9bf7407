/** Queries ODCS for every compose that builds wait for, for the ends that no message reported. */
import { OPEN_COMPOSE_STATES } from '../../clients/odcs/schema.ts'
import type { Context } from '../../context.ts'
import { holdingComposeIds } from '../../db/queries/composes.ts'

/** Reads only; what it finds becomes reports for `transition`, which ignores what it already knows. `answered`: the service was queried and answered. */
export async function pollComposes(ctx: Context): Promise<{ answered: boolean }> {
  const { odcs } = ctx.clients
  if (!odcs) return { answered: false }
  const waiting = await holdingComposeIds(ctx.db.fork())
  if (waiting.length === 0) return { answered: false }
  const composes = await odcs.composes(waiting)
  const ended = waiting.filter((id) => {
    const compose = composes.get(id)
    return compose !== undefined && !(compose && OPEN_COMPOSE_STATES.includes(compose.state))
  })
  await ctx.queues.requeue(
    'transition',
    ended.map((odcsComposeId) => ({ payload: { kind: 'compose-reported' as const, odcsComposeId } })),
  )
  return { answered: true }
}
