/** Finds the reports about tasks and composes of others, which most of those on a busy bus are: they end at the door (decision 0007). */
import type { Context } from '../../context.ts'
import { composesOfOurs } from '../../db/queries/composes.ts'
import { foreignTasks } from '../../db/queries/running-tasks.ts'
import type { Meaning, Reading } from '../../domain/message.ts'

/** What is known about the reports of a batch. */
export type ForeignReports = {
  /** Why the message means nothing here; undefined when it does or may. */
  reasonToIgnore(meaning: Meaning): string | undefined
}

/** Reads at most once for all tasks and once for all composes. What may still become ours is left to `intake`. */
export async function findForeignReports(
  { db, now }: Pick<Context, 'db' | 'now'>,
  read: readonly { reading: Reading }[],
): Promise<ForeignReports> {
  const meanings = read.flatMap(({ reading }) => (reading.outcome === 'meaning' ? [reading.meaning] : []))
  const tasks = meanings.flatMap((meaning) => (meaning.kind === 'task-ended' ? [meaning.taskId] : []))
  const composes = meanings.flatMap((meaning) =>
    meaning.kind === 'compose-changed' ? [meaning.odcsComposeId] : [],
  )
  const others = tasks.length > 0 ? await foreignTasks(db.fork(), tasks, now()) : new Set()
  const ours = composes.length > 0 ? await composesOfOurs(db.fork(), composes) : new Set()
  return {
    reasonToIgnore(meaning) {
      if (meaning.kind === 'task-ended' && others.has(meaning.taskId))
        return notWaitedFor('task', meaning.taskId)
      if (meaning.kind === 'compose-changed' && !ours.has(meaning.odcsComposeId))
        return notWaitedFor('compose', meaning.odcsComposeId)
      return undefined
    },
  }
}

/** The reason that is stored with the message. */
export function notWaitedFor(what: 'task' | 'compose', id: number): string {
  return `No build here waits for ${what} ${id}.`
}
