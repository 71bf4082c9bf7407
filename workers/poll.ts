/** Queue `poll`: asks for all running tasks at once. Safe to repeat: it only reads, and facts may come twice. */
import { pollTasks } from '../src/commands/poll-tasks.ts'
import type { WorkerOf } from './run.ts'

/** Polls the build system. */
export const poll: WorkerOf<'poll'> = (ctx) => pollTasks(ctx)
