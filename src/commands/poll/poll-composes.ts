/** Asks ODCS about every compose that builds wait for, for the ends that the bus did not tell. */
import type { TransitionPayload } from '../../../queues/catalog.ts'
import type { Context } from '../../context.ts'

const WAITING = `
  select distinct c.odcs_compose_id as id from composes c
    join artifact_build_composes l on l.compose_id = c.id join artifact_builds b on b.id = l.build_id
   where c.odcs_compose_id > 0 and (c.state is null or c.state < 2) and b.state = 4 order by 1`

/** Reads only; what it finds becomes facts for `transition`, which ignores those it already knows. */
export async function pollComposes(ctx: Context): Promise<void> {
  const { odcs } = ctx.clients
  if (!odcs) return
  const waiting = await ctx.db.fork().execute<{ id: number }[]>(WAITING)
  if (waiting.length === 0) return
  const composes = await odcs.composes(waiting.map(({ id }) => id))
  const facts = waiting.flatMap(({ id }): TransitionPayload[] => {
    const state = composes.get(id)?.state ?? 'failed'
    return state === 'wait' || state === 'generating'
      ? []
      : [{ kind: 'compose-changed', odcsComposeId: id, state }]
  })
  await ctx.queues.remind(
    'transition',
    facts.map((payload) => ({ payload })),
  )
}
