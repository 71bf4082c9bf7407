/** Queries ODCS for every compose that builds wait for, for the ends that no message reported. */
import type { Report } from '../../../queues/payloads.ts'
import type { Context } from '../../context.ts'
import { openComposeIds } from '../../db/queries/composes.ts'

/** Reads only; what it finds becomes reports for `transition`, which ignores what it already knows. */
export async function pollComposes(ctx: Context): Promise<void> {
  const { odcs } = ctx.clients
  if (!odcs) return
  const waiting = await openComposeIds(ctx.db.fork())
  if (waiting.length === 0) return
  const composes = await odcs.composes(waiting)
  const reports = waiting.flatMap((id): Report[] => {
    const state = composes.get(id)?.state ?? 'failed'
    return state === 'wait' || state === 'generating'
      ? []
      : [{ kind: 'compose-changed', odcsComposeId: id, state }]
  })
  await ctx.queues.requeue(
    'transition',
    reports.map((payload) => ({ payload })),
  )
}
