/** Presents what a build waits for, or what ended it, as JSON of version 2 (decision 0039). */
import type {
  NamedBuild,
  Standing,
  StandingDetails,
  StandingFacts,
  StandingKind,
} from '../domain/rebuild/standing.ts'
import { standingText } from '../domain/rebuild/standing-text.ts'
import { presentDate, presentDateOrNull } from './columns.ts'

/** The fields that accompany the sentence; a kind has only those that apply to it. */
type Fields = {
  parent?: { build_id: number; name: string; state_name: NamedBuild['state'] }
  composes?: { id: number; state_name: string | null }[]
  compose_requests?: number
  event_state_name?: string
  service?: string
  blame?: 'service' | 'account' | null
  detail?: string | null
  task?: number | null
  try?: number
  in_use?: number
  limit?: number
  target?: string | null
  rebuilt_nvr?: string | null
  since?: string | null
  until?: string
  looked_at?: string | null
  ended?: string | null
}

const FIELDS: { [K in StandingKind]: (details: StandingDetails[K]) => Fields } = {
  event: ({ eventState }) => ({ event_state_name: eventState }),
  parent: ({ parent }) => ({ parent: presentNamed(parent) }),
  service: ({ service, blame, detail, since, until }) => ({
    service,
    blame,
    detail,
    since: presentDate(since),
    until: presentDate(until),
  }),
  'compose-request': ({ requests }) => ({ compose_requests: requests }),
  compose: ({ composes }) => ({
    composes: composes.map(({ odcsId, state }) => ({ id: odcsId, state_name: state })),
  }),
  delay: ({ attemptNumber, until }) => ({ try: attemptNumber, until: presentDate(until) }),
  verification: ({ detail, taskId, since, until }) => ({
    detail,
    task: taskId,
    since: presentDate(since),
    until: presentDate(until),
  }),
  submission: ({ until }) => ({ until: presentDate(until) }),
  slot: ({ inUse, limit, target }) => ({ in_use: inUse, limit, target }),
  queue: () => ({}),
  'build-system': ({ taskId, since, lookedAt }) => ({
    task: taskId,
    since: presentDateOrNull(since),
    looked_at: presentDateOrNull(lookedAt),
  }),
  done: ({ nvr, at }) => ({ rebuilt_nvr: nvr, ended: presentDateOrNull(at) }),
  'parent-ended': ({ parent, at }) => ({ parent: presentNamed(parent), ended: presentDateOrNull(at) }),
  failed: ({ detail, at }) => ({ detail, ended: presentDateOrNull(at) }),
  canceling: ({ taskId, at }) => ({ task: taskId, ended: presentDateOrNull(at) }),
  canceled: ({ at }) => ({ ended: presentDateOrNull(at) }),
}

/** A build with its standing. */
export function presentStanding({ build, standing }: { build: StandingFacts; standing: Standing }) {
  const fields = FIELDS[standing.kind] as (details: Standing) => Fields // the one for this very kind
  return {
    build_id: build.id,
    name: build.name,
    original_nvr: build.originalNvr,
    state_name: build.state,
    kind: standing.kind,
    ready_now: standing.isReady,
    sentence: standingText(standing),
    ...fields(standing),
  }
}

function presentNamed({ id, name, state }: NamedBuild) {
  return { build_id: id, name, state_name: state }
}
