/** Table `task_cancellations`: tasks of canceled builds that the build system still has to cancel. */
import { defineEntity, p } from '@mikro-orm/core'
import { ArtifactBuild } from './artifact-build.ts'

/** Columns, indexes and constraints. */
export const TaskCancellationSchema = defineEntity({
  name: 'TaskCancellation',
  tableName: 'task_cancellations',
  properties: {
    build: () => p.manyToOne(ArtifactBuild).mapToPk().primary().deleteRule('cascade'),
    /** Null: a submission was under way, and it is not known yet whether it has created a task. */
    taskId: p.integer().nullable(),
    requestedAt: p.datetime(),
    /** Tries that the build system answered without canceling the task. */
    tries: p.integer().default(0),
  },
})

/** The row goes when the end of the task is known, or when there is none. */
export class TaskCancellation extends TaskCancellationSchema.class {}
TaskCancellationSchema.setClass(TaskCancellation)
