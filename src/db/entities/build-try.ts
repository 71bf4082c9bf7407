/** Tables `build_tries` and `task_cancellations`: the tasks of builds and how they ended, and those still to be canceled. */
import { defineEntity, p } from '@mikro-orm/core'
import { ArtifactBuild } from './artifact-build.ts'

/** Columns, indexes and constraints. */
export const BuildTrySchema = defineEntity({
  name: 'BuildTry',
  tableName: 'build_tries',
  uniques: [{ name: 'build_tries_build_task_unique', properties: ['build', 'taskId'] }],
  indexes: [{ name: 'build_tries_task_id_index', properties: ['taskId'] }],
  properties: {
    id: p.bigint('number').primary(),
    build: () => p.manyToOne(ArtifactBuild).mapToPk().deleteRule('cascade'),
    taskId: p.integer(),
    began: p.datetime(),
    ended: p.datetime().nullable(),
    /** State of the build after the try; PLANNED: it was tried again. Null while the task runs. */
    state: p.text().nullable(),
    /** Why it ended so: the fault of the task, or what the check of its RPMs found. */
    detail: p.text().nullable(),
  },
})

/** One try of a build. */
export class BuildTry extends BuildTrySchema.class {}
BuildTrySchema.setClass(BuildTry)

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
