/** Finds reports about tasks and composes of others, as are most on a busy bus: they are ignored on arrival (decision 0007). */
import type { Context } from '../../context.ts'
import { composesOfBuilds } from '../../db/queries/composes.ts'
import { reopenInboxRows } from '../../db/queries/messages/inbox.ts'
import { tasksOfBuilds } from '../../db/queries/running-tasks.ts'
import type { Meaning, Reading } from '../../domain/message.ts'

/** What is known about the reports of a batch. */
export type ForeignReports = {
  /** Why the message has no effect here; undefined when it has, or may have. */
  reasonToIgnore(meaning: Meaning): string | undefined
}

/** Reads at most once for all tasks and once for all composes. */
export async function findForeignReports(
  { db }: Pick<Context, 'db'>,
  read: readonly { reading: Reading }[],
): Promise<ForeignReports> {
  const meanings = read.flatMap(({ reading }) => (reading.outcome === 'meaning' ? [reading.meaning] : []))
  const tasks = meanings.flatMap((meaning) => (meaning.kind === 'task-ended' ? [meaning.taskId] : []))
  const composes = meanings.flatMap((meaning) =>
    meaning.kind === 'compose-changed' ? [meaning.odcsComposeId] : [],
  )
  const ours = {
    tasks: tasks.length > 0 ? await tasksOfBuilds(db.fork(), tasks) : new Set(),
    composes: composes.length > 0 ? await composesOfBuilds(db.fork(), composes) : new Set(),
  }
  return {
    reasonToIgnore(meaning) {
      if (meaning.kind === 'task-ended' && !ours.tasks.has(meaning.taskId))
        return notWaitedFor('task', meaning.taskId)
      if (meaning.kind === 'compose-changed' && !ours.composes.has(meaning.odcsComposeId))
        return notWaitedFor('compose', meaning.odcsComposeId)
      return undefined
    },
  }
}

/** A report that is ignored or may have been earlier, and the task it is about. */
export type IgnoredReport = { messageId: string; taskId: number }

/**
 * Makes those rows new again whose task has become ours while they were stored, and returns their ids. A submission that stores the
 * id afterwards finds the row (`lookAtEnded`): either way one of the two sees the other.
 */
export async function reopenReports(
  { db }: Pick<Context, 'db'>,
  ignored: readonly IgnoredReport[],
): Promise<number[]> {
  if (ignored.length === 0) return []
  const em = db.fork()
  const ours = await tasksOfBuilds(
    em,
    ignored.map(({ taskId }) => taskId),
  )
  if (ours.size === 0) return []
  return reopenInboxRows(
    em,
    ignored.flatMap(({ messageId, taskId }) => (ours.has(taskId) ? [messageId] : [])),
  )
}

/** The reason that is stored with the message. */
export function notWaitedFor(what: 'task' | 'compose', id: number): string {
  return `No build here waits for ${what} ${id}.`
}
