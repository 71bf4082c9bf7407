/** Makes the frames that a stream sends first (behaviour/streams 1). */
import { eventFrame, jsonFrame, retryFrame } from '../../present/stream.ts'

const RETRY_MS = 2000
const GAP = 'Changes after this event are no longer known; fetch the current state.'

/** Where the stream begins, and what precedes its changes. */
export type Opening = {
  after: number
  /** The id behind which changes were lost; null: none were. */
  missedAfter: number | null
  /** The decision as JSON, for the stream of one. */
  decision?: string
}

/** The pause before the client connects again, the id it has from now on, and the events for a client with no or too old an id. */
export function openingFrames({ after, missedAfter, decision }: Opening): Uint8Array {
  return Buffer.concat([
    retryFrame(RETRY_MS, after),
    ...(missedAfter === null
      ? []
      : [eventFrame({ id: after, event: 'gap', data: { last_event_id: missedAfter, message: GAP } })]),
    ...(decision === undefined ? [] : [jsonFrame(after, 'decision', decision)]),
  ])
}
