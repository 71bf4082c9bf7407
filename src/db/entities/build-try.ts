/** Table `build_tries`: every task that was submitted for a build, and how it ended. */
import { defineEntity, p } from '@mikro-orm/core'
import { ArtifactBuild } from './artifact-build.ts'

/** Columns, indexes and constraints. */
export const BuildTrySchema = defineEntity({
  name: 'BuildTry',
  tableName: 'build_tries',
  uniques: [{ name: 'build_tries_build_task_unique', properties: ['build', 'taskId'] }],
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
