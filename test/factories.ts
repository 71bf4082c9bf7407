/** Inserts rows for tests: events and builds with defaults, so that a test names only the fields that matter to it. */

import type { Context } from '../src/context.ts'
import { ArtifactBuild } from '../src/db/entities/artifact-build.ts'
import { Event } from '../src/db/entities/event.ts'
import { EVENT_TYPES, type EventState, eventStateId } from '../src/domain/event.ts'
import type { ComposeNeed } from '../src/domain/rebuild/plan/compose-needs.ts'
import { type BuildState, buildStateId } from '../src/domain/rebuild/states.ts'

type Rows = Pick<Context, 'db'>

/** Inserts an event with a unique message id; returns its id. */
export async function makeEvent(
  { db }: Rows,
  fields: {
    state?: EventState
    searchKey?: string
    eventTypeId?: number
    dryRun?: boolean
    timeCreated?: Date
    messageId?: string
    manualTriggered?: boolean
    /** NVRs joined by spaces. */
    requestedRebuilds?: string
    /** JSON text. */
    requesterMetadata?: string
  } = {},
): Promise<number> {
  const { state = 'BUILDING', ...rest } = fields
  return db.fork().insert(Event, {
    messageId: `test-${crypto.randomUUID()}`,
    searchKey: '133001',
    eventTypeId: EVENT_TYPES.ErrataAdvisoryStateChangedEvent,
    state: eventStateId(state),
    ...rest,
  })
}

/** The fields of a build that a test may set; `args` override the members of complete build_args. */
export type BuildFields = {
  state?: BuildState
  originalNvr?: string
  rebuiltNvr?: string
  depOn?: number
  taskId?: number
  remainingPathS?: number
  submitAfter?: Date
  rebuildReason?: number
  args?: Record<string, unknown>
}

/** Inserts a build of the event, by default PLANNED; returns its id. */
export async function makeBuild({ db }: Rows, event: number, fields: BuildFields = {}): Promise<number> {
  const {
    state = 'PLANNED',
    originalNvr = `image-${crypto.randomUUID().slice(0, 8)}-1-1`,
    taskId,
    args,
    ...rest
  } = fields
  return db.fork().insert(ArtifactBuild, {
    name: originalNvr.split('-').slice(0, -2).join('-'),
    originalNvr,
    type: 1,
    state: buildStateId(state),
    event,
    buildId: taskId ?? null,
    target: typeof args?.['target'] === 'string' ? args['target'] : 'rhel-8-candidate',
    timeSubmitted: new Date(),
    buildArgs: JSON.stringify({
      repository: 'containers/image',
      commit: 'c0ffee',
      target: 'rhel-8-candidate',
      branch: 'rhel-8',
      original_parent: null,
      arches: null,
      renewed_odcs_compose_ids: null,
      flatpak: false,
      isolated: true,
      ...args,
    }),
    rebuildReason: 1,
    ...rest,
  })
}

/** Reads a column of a build directly from the table. */
export async function buildColumn<T>({ db }: Rows, id: number, column: string): Promise<T | undefined> {
  const [row] = await db
    .fork()
    .execute<{ value: T }[]>(`select ${column} as value from artifact_builds where id = ?`, [id])
  return row?.value
}

/** A compose for `writeComposeRequests`, as small as possible. */
export const COMPOSE_NEED: ComposeNeed = {
  type: 'pulp',
  source: 'rpms-a',
  packages: [],
  builds: [],
  sigkeys: [],
  flags: [],
  arches: [],
}
