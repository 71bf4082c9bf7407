/** Table `artifact_builds`: one row for each artifact to rebuild in an event (behaviour/freshmaker 1.3). */
import { defineEntity, p } from '@mikro-orm/core'
import type { Trace } from '../../domain/message.ts'
import { Event } from './event.ts'
import { BUILD_TRIGGERS } from './row-count.ts'

/** Columns, indexes and constraints. */
export const ArtifactBuildSchema = defineEntity({
  name: 'ArtifactBuild',
  tableName: 'artifact_builds',
  uniques: [
    { name: 'artifact_builds_event_original_nvr_unique', properties: ['event', 'originalNvr'] },
    { name: 'artifact_builds_rebuilt_nvr_unique', properties: ['rebuiltNvr'] },
  ],
  indexes: [
    { name: 'artifact_builds_event_state_index', properties: ['event', 'state'] },
    { name: 'artifact_builds_state_id_index', properties: ['state', 'id'] },
    { name: 'artifact_builds_type_id_index', properties: ['type', 'id'] },
    // With event and state, so that a search for the events of a name, or a count of its builds of a state, reads this index alone.
    {
      name: 'artifact_builds_name_id_covering_index',
      properties: ['name', 'id'],
      include: ['event', 'state'],
    },
    // In the order of characters, so that names with the same beginning are next to each other.
    {
      name: 'artifact_builds_name_characters_index',
      expression:
        'create index "artifact_builds_name_characters_index" on "artifact_builds" ("name" text_pattern_ops)',
    },
    // Lists are sorted by each of these and then by id; without the id a far page would read every row before it.
    { name: 'artifact_builds_original_nvr_id_index', properties: ['originalNvr', 'id'] },
    { name: 'artifact_builds_rebuilt_nvr_id_index', properties: ['rebuiltNvr', 'id'] },
    { name: 'artifact_builds_event_id_id_index', properties: ['event', 'id'] },
    { name: 'artifact_builds_build_id_id_index', properties: ['buildId', 'id'] },
    { name: 'artifact_builds_dep_on_id_id_index', properties: ['depOn', 'id'] },
    // Claims are counted for each submission, under the lock of the limit.
    {
      name: 'artifact_builds_claim_index',
      expression:
        'create index "artifact_builds_claim_index" on "artifact_builds" ("submit_claim_until") where "submit_claim_until" is not null',
    },
  ],
  checks: [
    { name: 'artifact_builds_state_known', expression: '(state >= 0) AND (state <= 4)' },
    { name: 'artifact_builds_type_known', expression: '(type >= 0) AND (type <= 3)' },
    { name: 'artifact_builds_reason_known', expression: '(rebuild_reason >= 0) AND (rebuild_reason <= 2)' },
  ],
  triggers: BUILD_TRIGGERS,
  properties: {
    id: p.integer().primary().autoincrement(),
    name: p.text(),
    originalNvr: p.text().nullable(),
    rebuiltNvr: p.text().nullable(),
    type: p.integer().nullable(),
    state: p.integer().default(0),
    stateReason: p.text().nullable(),
    timeSubmitted: p.datetime().defaultRaw('now()'),
    timeCompleted: p.datetime().nullable(),
    depOn: () => p.manyToOne(ArtifactBuild).mapToPk().fieldName('dep_on_id').nullable(),
    event: () => p.manyToOne(Event).mapToPk().fieldName('event_id').nullable(),
    buildId: p.integer().nullable(),
    buildArgs: p.text().nullable(),
    rebuildReason: p.integer().nullable().default(0),
    bundlePullspecOverrides: p.text().nullable(),
    /** Longest path in seconds from here to the last leaf that waits for it: ready builds go highest first. */
    remainingPathS: p.integer().default(0),
    /** The retry count `rebuilt_nvr` was made for: a later attempt gets a new one. */
    rebuiltForAttempt: p.integer().nullable().fieldName('rebuilt_for_try'),
    /** Failed attempts so far; the API shows it in `build_args`, this column spares parsing those for every fact. */
    retryCount: p.integer().default(0),
    /** Build target of `build_args`, for the limit of tasks on each. */
    target: p.text().nullable(),
    /** Not to be submitted before this time: the delay before a next attempt. */
    submitAfter: p.datetime().nullable(),
    /** While in the future, one worker is submitting this attempt; once past, its outcome must be looked up first. */
    submitClaimUntil: p.datetime().nullable(),
    /** Names the worker run that holds the claim. */
    submitClaim: p.uuid().nullable(),
    /** When the build system took the task of the current attempt; what build durations are measured from. */
    taskSubmittedAt: p.datetime().nullable(),
    /** What the build system reported about the last failed attempt; null when the build is DONE, or was lost for another reason. */
    failureDetail: p.text().nullable(),
    /** Names of the RPMs that the original image has and that lack the fix; null: not known. */
    rpmsToFix: p.json<string[]>().nullable(),
    /** Architectures of the original image; null: not known. */
    originalArches: p.json<string[]>().nullable(),
    /** What a person has to know about the check of a finished build, such as RPMs that are gone from the image. */
    verificationNote: p.text().nullable(),
    /** Its own span in the trace of the event, which every attempt belongs to; null where nothing is traced. */
    trace: p.json<Trace>().nullable(),
  },
})

/** An artifact to rebuild; `buildId` is the Koji *task* id, as the API has always called it. */
export class ArtifactBuild extends ArtifactBuildSchema.class {}
ArtifactBuildSchema.setClass(ArtifactBuild)
