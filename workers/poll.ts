/** Queue `poll`: looks at what runs and is waited for. Safe to repeat: it changes only stored forecasts, and reports may come twice. */
import { recordForecasts } from '../src/commands/forecast/record-forecasts.ts'
import { pollComposes } from '../src/commands/poll/poll-composes.ts'
import { pollTasks } from '../src/commands/poll/poll-tasks.ts'
import { isServiceInTrouble, recordRecovery, recordTrouble } from '../src/commands/service-trouble.ts'
import type { Context } from '../src/context.ts'
import { recordPolled } from '../src/db/queries/service-troubles.ts'
import { createAlone } from '../src/lib/async/alone.ts'
import { troubleOf } from '../src/lib/errors.ts'
import { leaveDue, type WorkerOf } from './run/worker.ts'

/**
 * Polls the build system and the compose service, and stores forecasts. The three are independent: a service that is down does not
 * hold up the rest, and one that has not answered yet is left out of the next poll.
 */
export function createPoll(): WorkerOf<'poll'> {
  const alone = createAlone()
  return {
    run: async (ctx) => {
      const { koji, odcs } = ctx.clients
      const ends = await Promise.allSettled([
        alone('koji', () => pollService(ctx, 'koji', pollTasks, () => koji?.ping())),
        alone('odcs', () => pollService(ctx, 'odcs', pollComposes, () => odcs?.ping())),
        alone('forecasts', () => recordForecasts(ctx)),
      ])
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },
    giveUp: leaveDue,
  }
}

/**
 * An outage is not an error of the job: it is recorded, and the next poll looks again. These reads need no rights of our
 * account, so a service that refuses them is itself in trouble. `ping` finds out whether such a service is back when nothing
 * is left to look at, for example because a message has reported the end that the poll could not see.
 */
async function pollService(
  ctx: Context,
  service: string,
  look: (ctx: Context) => Promise<{ answered: boolean }>,
  ping: () => Promise<unknown> | undefined,
): Promise<void> {
  const startedAt = ctx.now()
  try {
    const { answered } = await look(ctx)
    if (!answered && !(await isServiceInTrouble(ctx, service))) return
    if (answered) await recordPolled(ctx.db.fork(), service, startedAt)
    else await ping()
    await recordRecovery(ctx, service, startedAt, 'anonymous read')
  } catch (error) {
    const trouble = troubleOf(error)
    if (!trouble) throw error
    await recordTrouble(ctx, { ...trouble, blame: 'service' })
  }
}
