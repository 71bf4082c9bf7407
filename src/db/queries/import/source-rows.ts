/** Statements that read Freshmaker's own database; PostgreSQL and SQLite both understand them. */
import { type EventState, eventStateId } from '../../../domain/event.ts'
import type { ComparedTable } from '../../../domain/import/judge-rows.ts'
import type { ImportedTable } from '../../../domain/import/rows.ts'
import { buildStateId } from '../../../domain/rebuild/states.ts'

const OPEN_STATES: readonly EventState[] = ['INITIALIZED', 'BUILDING']
const OPEN = `(${OPEN_STATES.map(eventStateId).join(', ')})`

const EVENT_COLUMNS = `e.id, e.message_id as "messageId", e.search_key as "searchKey", e.event_type_id as "eventTypeId",
  e.released, e.state, e.state_reason as "stateReason", e.time_created as "timeCreated", e.time_done as "timeDone",
  e.dry_run as "dryRun", e.requester, e.requested_rebuilds as "requestedRebuilds",
  e.requester_metadata as "requesterMetadata", e.manual_triggered as "manualTriggered"`
const BUILD_COLUMNS = `b.id, b.name, b.original_nvr as "originalNvr", b.rebuilt_nvr as "rebuiltNvr", b.type, b.state,
  b.state_reason as "stateReason", b.time_submitted as "timeSubmitted", b.time_completed as "timeCompleted",
  b.dep_on_id as "depOnId", b.event_id as "eventId", b.build_id as "taskId", b.build_args as "buildArgs",
  b.rebuild_reason as "rebuildReason", b.bundle_pullspec_overrides as "bundlePullspecOverrides"`
const LINK_COLUMNS = `l.build_id as "buildId", l.compose_id as "composeId", c.odcs_compose_id as "odcsComposeId"`
const LINKS = 'artifact_build_composes l left join composes c on c.id = l.compose_id'

/** The next rows of each table, in the order of their keys: after `$1`, at most `$2` (of links: after `$1`, `$2`, at most `$3`). */
export const NEXT_ROWS: Record<ImportedTable, string> = {
  users: 'select u.id, u.username from users u where u.id > $1 order by u.id limit $2',
  events: `select ${EVENT_COLUMNS} from events e where e.id > $1 order by e.id limit $2`,
  composes: `select c.id, c.odcs_compose_id as "odcsComposeId" from composes c where c.id > $1 order by c.id limit $2`,
  artifact_builds: `select ${BUILD_COLUMNS} from artifact_builds b where b.id > $1 order by b.id limit $2`,
  artifact_build_composes: `select ${LINK_COLUMNS} from ${LINKS} where (l.build_id, l.compose_id) > ($1, $2)
    order by l.build_id, l.compose_id limit $3`,
  event_dependencies: `select d.id, d.event_id as "eventId", d.event_dependency_id as "dependsOnId"
    from event_dependencies d where d.id > $1 order by d.id limit $2`,
}

const COMPARED_COLUMNS: Record<ComparedTable, string> = {
  users: 'id, username',
  events: 'id, message_id as "messageId"',
  composes: 'id, odcs_compose_id as "odcsComposeId"',
  artifact_builds: `id, name, original_nvr as "originalNvr", rebuilt_nvr as "rebuiltNvr", event_id as "eventId",
    dep_on_id as "depOnId"`,
  event_dependencies: 'id, event_id as "eventId", event_dependency_id as "dependsOnId"',
}
/** What is compared of the next rows after `$1` up to `$2`, at most `$3`. */
export const COMPARED_ROWS: Record<ComparedTable, string> = {
  users: comparedOf('users'),
  events: comparedOf('events'),
  composes: comparedOf('composes'),
  artifact_builds: comparedOf('artifact_builds'),
  event_dependencies: comparedOf('event_dependencies'),
}

/** The running events after `$1` up to `$2`. */
export const RUNNING_EVENTS = `select ${EVENT_COLUMNS} from events e
  where e.state in ${OPEN} and e.id > $1 and e.id <= $2 order by e.id`
/** Their builds. */
export const RUNNING_BUILDS = `select ${BUILD_COLUMNS} from artifact_builds b join events e on e.id = b.event_id
  where e.state in ${OPEN} and e.id > $1 and e.id <= $2 order by b.id`
/** The composes of these builds. */
export const RUNNING_LINKS = `select ${LINK_COLUMNS} from ${LINKS} join artifact_builds b on b.id = l.build_id
  join events e on e.id = b.event_id where e.state in ${OPEN} and e.id > $1 and e.id <= $2
  order by l.build_id, l.compose_id`

/** How many rows there are, and the highest id up to `$1`. */
export const EXTENT: Record<ImportedTable, string> = {
  users: extentOf('users'),
  events: extentOf('events'),
  composes: extentOf('composes'),
  artifact_builds: extentOf('artifact_builds'),
  artifact_build_composes: 'select count(*) as "rows", 0 as "maxId" from artifact_build_composes',
  event_dependencies: extentOf('event_dependencies'),
}

/**
 * Of rows with the same unique value the one that is imported: what was rebuilt, else what runs, else the first one. Freshmaker
 * handles a repeated message again, so an event may have failed builds of an image and one that is DONE.
 */
const KEPT = `coalesce(min(case when state = ${buildStateId('DONE')} then id end),
  min(case when state = ${buildStateId('BUILD')} then id end), min(id))`

/**
 * Rows that have the same unique value as another one, which Freshmaker allows: their ids, and that of the one that is
 * imported (`kept`). `what`: the name of the value.
 */
export const DUPLICATES = `
  select b.id, d."kept", 'rebuilt_nvr' as "what" from artifact_builds b join (
    select rebuilt_nvr, ${KEPT} as "kept" from artifact_builds where rebuilt_nvr is not null
     group by rebuilt_nvr having count(*) > 1) d on d.rebuilt_nvr = b.rebuilt_nvr and d."kept" <> b.id
  union all
  select b.id, d."kept", 'original_nvr in its event' from artifact_builds b join (
    select event_id, original_nvr, ${KEPT} as "kept" from artifact_builds
     where event_id is not null and original_nvr is not null
     group by event_id, original_nvr having count(*) > 1) d
      on d.event_id = b.event_id and d.original_nvr = b.original_nvr and d."kept" <> b.id`

function extentOf(table: ImportedTable): string {
  return `select count(*) as "rows", coalesce(max(case when id <= $1 then id end), 0) as "maxId" from ${table}`
}

function comparedOf(table: ComparedTable): string {
  return `select ${COMPARED_COLUMNS[table]} from ${table} where id > $1 and id <= $2 order by id limit $3`
}
