/** Recognizes transfers that the sender has aborted: rhea hands over what came of them as if it were a whole message. */
import type { Session } from 'rhea'

/** A member that the types of rhea leave out, called for each frame of a transfer. */
type Frames = { on_transfer(frame: { performative: { aborted?: boolean; more?: boolean } }): void }

/** @returns whether the message that the session is handing over was aborted; to be called in its event `message` */
export function watchAborted(session: Session): () => boolean {
  const frames = session as Session & Frames
  const onTransfer = frames.on_transfer.bind(session)
  let isAborted = false
  frames.on_transfer = (frame) => {
    isAborted = frame.performative.aborted === true
    if (isAborted) frame.performative.more = false // rhea would wait for the next frame, which belongs to another message
    onTransfer(frame)
  }
  return () => isAborted
}
