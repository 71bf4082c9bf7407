/** Places on the page of an event for what the service does not answer yet; each is one element, and nothing while it is empty. */
import { type Html, NOTHING } from '../../words.ts'

/** When the event will be done: the answer of `GET /api/2/events/{id}/forecast` belongs here. */
export function forecastPlace(_eventId: number): Html {
  return NOTHING
}
