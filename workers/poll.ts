/** Queue `poll`: looks at what runs and is waited for. Safe to repeat: it only reads, and reports may come twice. */
import { pollComposes } from '../src/commands/poll/poll-composes.ts'
import { pollTasks } from '../src/commands/poll/poll-tasks.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/** Polls the build system and the compose service; one that is down does not keep the other from being polled. */
export const poll: WorkerOf<'poll'> = {
  run: async (ctx) => {
    const ends = await Promise.allSettled([pollTasks(ctx), pollComposes(ctx)])
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  },
  giveUp: leaveDue,
}
