/** Turns builds that are due into reminders for `submit`: longest remaining path first, no earlier than allowed. */
import type { When } from '../../queues/enqueue.ts'
import type { Context } from '../context.ts'

type DueRow = { id: number; remaining_path_s: number; submit_after: Date | null }

/** BullMQ's largest priority number; the number 1 goes first. */
const LAST = 2 ** 21 - 1

/** Reminders for these builds, in the form `enqueueAll('submit', ...)` takes. */
export async function remindOf(
  ctx: Context,
  buildIds: number[],
): Promise<{ payload: { buildId: number }; when: When }[]> {
  const sql = 'select id, remaining_path_s, submit_after from artifact_builds where id = any(?::int[])'
  const rows = await ctx.db.fork().execute<DueRow[]>(sql, [`{${buildIds.join(',')}}`])
  return rows.map((row) => ({ payload: { buildId: row.id }, when: whenOf(row, ctx.now()) }))
}

function whenOf(row: DueRow, now: Date): When {
  const wait = row.submit_after ? new Date(row.submit_after).getTime() - now.getTime() : 0
  return { priority: priorityOf(row.remaining_path_s), ...(wait > 0 ? { delayMs: wait } : {}) }
}

/** The longer the path that waits behind a build, the smaller its number and the earlier its turn. */
export function priorityOf(remainingPathS: number): number {
  return Math.max(1, LAST - Math.max(0, Math.round(remainingPathS)))
}
