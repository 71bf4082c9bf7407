/** Tables `composes` and `artifact_build_composes`: ODCS composes and the builds that wait for them. */
import { defineEntity, p } from '@mikro-orm/core'
import { ArtifactBuild } from './artifact-build.ts'

/** Columns, indexes and constraints. */
export const ComposeSchema = defineEntity({
  name: 'Compose',
  tableName: 'composes',
  properties: {
    id: p.integer().primary().autoincrement(),
    odcsComposeId: p.integer().unique('idx_odcs_compose_id'),
    /** ODCS state number as last reported; null before the first report. */
    state: p.integer().nullable(),
    stateReason: p.text().nullable(),
  },
})

/** A compose that this service requested; negative ODCS ids belong to dry runs. */
export class Compose extends ComposeSchema.class {}
ComposeSchema.setClass(Compose)

/** Columns, indexes and constraints. */
export const ArtifactBuildComposeSchema = defineEntity({
  name: 'ArtifactBuildCompose',
  tableName: 'artifact_build_composes',
  properties: {
    build: () => p.manyToOne(ArtifactBuild).primary().mapToPk().deleteRule('cascade'),
    compose: () => p.manyToOne(Compose).primary().mapToPk().deleteRule('cascade').index(),
  },
})

/** Links a build to a compose by `composes.id` (not the ODCS id). */
export class ArtifactBuildCompose extends ArtifactBuildComposeSchema.class {}
ArtifactBuildComposeSchema.setClass(ArtifactBuildCompose)
