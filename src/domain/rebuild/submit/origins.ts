/** Judges what Koji knows about the builds that a rebuild starts from: its original image and its parent (behaviour/freshmaker 8.2). */
import { buildText } from '../texts.ts'

/** State of a Koji build; null when the hub knows no such build, or its record cannot be read. */
export type OriginState = 'BUILDING' | 'COMPLETE' | 'DELETED' | 'FAILED' | 'CANCELED' | null

/** A build that the rebuild starts from. */
export type Origin = { nvr: string; state: OriginState }

/** Refuse with a reason, or submit, with or without the parent's name; `note` says what the image is built on if its parent has no build. */
export type OriginVerdict = { refused: string } | { namesParent: boolean; note: string | null }

/**
 * A build that exists but is not complete has no image to rebuild or to build on. A parent that Koji does not know is, in
 * scratch mode, a scratch build itself: naming it would make the builder refuse the child, which is therefore built on
 * what its own Dockerfile names.
 */
export function judgeOrigins(original: Origin, parent: Origin | null, scratch: boolean): OriginVerdict {
  for (const { nvr, state } of parent ? [original, parent] : [original])
    if (state !== null && state !== 'COMPLETE') return { refused: buildText.originNotComplete(nvr, state) }
  if (!scratch || parent === null || parent.state !== null)
    return { namesParent: parent !== null, note: null }
  return { namesParent: false, note: buildText.builtOnDockerfile(parent.nvr) }
}
