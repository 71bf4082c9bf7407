/** Queries ODCS for every compose that builds wait for, for the ends that no message reported. */
import type { Compose } from '../../clients/odcs/schema.ts'
import type { Context } from '../../context.ts'
import { holdingComposeIds } from '../../db/queries/composes.ts'
import { isEndedComposeState } from '../../domain/rebuild/compose-state.ts'
import type { BatchResult } from '../../lib/async/batch.ts'
import { isOdd } from '../../lib/errors.ts'

/** Reads only; what it finds becomes reports for `transition`, which ignores what it already knows. `answered`: the service was queried and answered. */
export async function pollComposes(ctx: Context): Promise<{ answered: boolean }> {
  const { odcs } = ctx.clients
  if (!odcs) return { answered: false }
  const waiting = await holdingComposeIds(ctx.db.fork())
  if (waiting.length === 0) return { answered: false }
  const composes = await odcs.composes(waiting)
  const answers = [...composes.values()]
  const failed = answers.find((answer) => !answer.ok && !isOdd(answer.error))
  if (failed && !failed.ok && !answers.some(isAnswered)) throw failed.error
  const due = waiting.filter((id) => isDue(composes.get(id)))
  await ctx.queues.requeue(
    'transition',
    due.map((odcsComposeId) => ({ payload: { kind: 'compose-reported' as const, odcsComposeId } })),
  )
  return { answered: true }
}

function isAnswered(answer: BatchResult<Compose | null>): boolean {
  return answer.ok || isOdd(answer.error)
}

/** It has ended or is unknown; one that cannot be read is due too, so that its builds do not wait forever. */
function isDue(answer: BatchResult<Compose | null> | undefined): boolean {
  if (!answer?.ok) return answer !== undefined && isOdd(answer.error)
  return answer.value === null || isEndedComposeState(answer.value.state)
}
