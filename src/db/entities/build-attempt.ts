/** Tables `build_tries`, `task_cancellations` and `surplus_searches`: the tasks of builds and how they ended, and those still to be canceled. */
import { defineEntity, p } from '@mikro-orm/core'
import { ArtifactBuild } from './artifact-build.ts'

/** Columns, indexes and constraints. */
export const BuildAttemptSchema = defineEntity({
  name: 'BuildAttempt',
  tableName: 'build_tries',
  uniques: [{ name: 'build_tries_build_task_unique', properties: ['build', 'taskId'] }],
  indexes: [{ name: 'build_tries_task_id_index', properties: ['taskId'] }],
  properties: {
    id: p.bigint('number').primary(),
    build: () => p.manyToOne(ArtifactBuild).mapToPk().deleteRule('cascade'),
    taskId: p.integer(),
    began: p.datetime(),
    ended: p.datetime().nullable(),
    /** State of the build after the attempt; PLANNED: it was tried again. Null while the task runs. */
    state: p.text().nullable(),
    /** Why it ended so: the fault of the task, or what the check of its RPMs found. */
    detail: p.text().nullable(),
  },
})

/** One attempt of a build. */
export class BuildAttempt extends BuildAttemptSchema.class {}
BuildAttemptSchema.setClass(BuildAttempt)

/** Columns, indexes and constraints. */
export const TaskCancellationSchema = defineEntity({
  name: 'TaskCancellation',
  tableName: 'task_cancellations',
  properties: {
    build: () => p.manyToOne(ArtifactBuild).mapToPk().primary().deleteRule('cascade'),
    /** Null: a submission was under way, and it is not known yet whether it has created a task. */
    taskId: p.integer().nullable(),
    requestedAt: p.datetime(),
    /** Attempts that the build system answered without canceling the task. */
    attempts: p.integer().default(0).fieldName('tries'),
  },
})

/** The row is deleted when the end of the task is known, or when there is none. */
export class TaskCancellation extends TaskCancellationSchema.class {}
TaskCancellationSchema.setClass(TaskCancellation)

/** Columns, indexes and constraints. */
export const SurplusSearchSchema = defineEntity({
  name: 'SurplusSearch',
  tableName: 'surplus_searches',
  properties: {
    build: () => p.manyToOne(ArtifactBuild).mapToPk().primary().deleteRule('cascade'),
    /** With `source` it identifies the tasks of the attempt. */
    release: p.text().primary(),
    source: p.text(),
    /** The earliest time at which such a task can have been created. */
    since: p.datetime(),
    /** When the task that is followed was submitted, or the build had ended: such tasks may come for a while after that. */
    submittedAt: p.datetime(),
  },
})

/** An attempt of which the build system may make a task late; the row is deleted when one was canceled, or when none can come any more. */
export class SurplusSearch extends SurplusSearchSchema.class {}
SurplusSearchSchema.setClass(SurplusSearch)
