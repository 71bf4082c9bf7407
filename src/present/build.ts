/** A build as JSON, identical in API versions 1 and 2 and in messages (behaviour/freshmaker 2.1). */
import type { BuildRecord } from '../db/queries/records/build-rows.ts'
import { artifactTypeName, buildStateName, rebuildReasonName } from '../domain/rebuild/states.ts'
import { type Json, presentDate, presentDateOrNull, readObject } from './columns.ts'

/** Keys in alphabetical order, as in all REST responses of version 1. */
export type BuildJson = {
  build_args: { [key: string]: Json }
  build_id: number | null
  dep_on: string | null
  dep_on_id: number | null
  event_id: number | null
  id: number
  name: string
  odcs_composes: number[]
  original_nvr: string | null
  rebuild_reason: string
  rebuilt_nvr: string | null
  state: number
  state_name: string | null
  state_reason: string | null
  time_completed: string | null
  time_submitted: string
  type: number | null
  type_name: string | null
  url: string
}

/** @param root what precedes `/api/1/...` in links: the public root in messages, the proxy's prefix in responses */
export function presentBuild(build: BuildRecord, root: string): BuildJson {
  return {
    build_args: readObject(build.buildArgs),
    build_id: build.buildId,
    dep_on: build.depOnName,
    dep_on_id: build.depOnId,
    event_id: build.eventId,
    id: build.id,
    name: build.name,
    odcs_composes: build.odcsComposeIds,
    original_nvr: build.originalNvr,
    rebuild_reason: rebuildReasonName(build.rebuildReason ?? 0) ?? 'unknown',
    rebuilt_nvr: build.rebuiltNvr,
    state: build.state,
    state_name: buildStateName(build.state) ?? null,
    state_reason: build.stateReason,
    time_completed: presentDateOrNull(build.timeCompleted),
    time_submitted: presentDate(build.timeSubmitted),
    type: build.type,
    type_name: build.type === null ? null : (artifactTypeName(build.type) ?? null),
    url: `${root}/api/1/builds/${build.id}`,
  }
}
