/** Tables `compose_requests` and `build_compose_requests`: composes that builds of an event need, before they exist. */
import { defineEntity, p } from '@mikro-orm/core'
import type { ComposeNeed } from '../../domain/rebuild/plan/compose-needs.ts'
import { ArtifactBuild } from './artifact-build.ts'
import { Compose } from './compose.ts'
import { Event } from './event.ts'

/** Columns, indexes and constraints. */
export const ComposeRequestSchema = defineEntity({
  name: 'ComposeRequest',
  tableName: 'compose_requests',
  uniques: [{ name: 'compose_requests_event_key_unique', properties: ['event', 'key'] }],
  properties: {
    id: p.integer().primary().autoincrement(),
    event: () => p.manyToOne(Event).mapToPk().deleteRule('cascade'),
    /** Hash of what is requested: equal needs of one event share a compose. */
    key: p.text(),
    need: p.json<ComposeNeed>(),
    /** ODCS id of the newest compose before this one was first requested; null: it never was, or the id could not be read. */
    newestBefore: p.integer().nullable(),
    /** Null until ODCS has answered. */
    compose: () => p.manyToOne(Compose).mapToPk().nullable().deleteRule('cascade').index(),
  },
})

/** A compose to request; rows without a compose are due. */
export class ComposeRequest extends ComposeRequestSchema.class {}
ComposeRequestSchema.setClass(ComposeRequest)

/** Columns, indexes and constraints. */
export const BuildComposeRequestSchema = defineEntity({
  name: 'BuildComposeRequest',
  tableName: 'build_compose_requests',
  properties: {
    build: () => p.manyToOne(ArtifactBuild).primary().mapToPk().deleteRule('cascade'),
    request: () => p.manyToOne(ComposeRequest).primary().mapToPk().deleteRule('cascade').index(),
  },
})

/** A build that may not be submitted before the request has become a compose that is done. */
export class BuildComposeRequest extends BuildComposeRequestSchema.class {}
BuildComposeRequestSchema.setClass(BuildComposeRequest)
