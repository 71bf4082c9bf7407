/** Queue `poll`: asks for what runs and what is waited for. Safe to repeat: it only reads, and facts may come twice. */
import { pollComposes } from '../src/commands/poll-composes.ts'
import { pollTasks } from '../src/commands/poll-tasks.ts'
import type { WorkerOf } from './run.ts'

/** Polls the build system and the compose service; one that is down does not keep the other from being asked. */
export const poll: WorkerOf<'poll'> = async (ctx) => {
  const ends = await Promise.allSettled([pollTasks(ctx), pollComposes(ctx)])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
