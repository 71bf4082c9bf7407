/** Ends a link that the broker has detached, in the order of the protocol. */
import type { Receiver, Sender, Session } from 'rhea'

/** Members of every link that its types do not have. */
type Inside = { remote: { detach?: { closed?: boolean } } }

/**
 * Answers the detach, if there was one, and ends the session of the link. rhea itself answers a turn later, on the session that has
 * ended by then, for which some brokers close the connection; and always with a closing detach, which would remove a durable
 * subscription that the broker has only interrupted.
 */
export function endLink(link: Receiver | Sender, session: Session): void {
  const { detach } = (link as unknown as Inside).remote
  if (detach?.closed) link.close()
  else if (detach) link.detach()
  session.close()
}
