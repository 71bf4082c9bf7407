/** Looks up whether the original image and the parent of a build still exist in Koji, before the build is submitted. */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { judgeOrigins, type Origin } from '../../domain/rebuild/submit/origins.ts'
import { UpstreamError } from '../../lib/errors.ts'

/** The request to send, with a note for the build, or the reason why it is not sent. */
export type CheckedRequest = { request: ContainerRequest; note: string | null } | { refused: string }

/** Reads only; both lookups join those of other submissions, and those that came with the end of the parent. @throws when the hub or our account is in trouble, since nothing is known then */
export async function checkOrigins(
  koji: KojiClient,
  originalNvr: string,
  request: ContainerRequest,
): Promise<CheckedRequest> {
  const { koji_parent_build: parentNvr, ...withoutParent } = request.opts
  const [original, parent] = await Promise.all([
    originOf(koji, originalNvr),
    parentNvr === undefined ? null : originOf(koji, parentNvr),
  ])
  const verdict = judgeOrigins(original, parent, request.opts.scratch)
  if ('refused' in verdict) return verdict
  const { namesParent, note } = verdict
  return { request: namesParent ? request : { ...request, opts: withoutParent }, note }
}

async function originOf(koji: KojiClient, nvr: string): Promise<Origin> {
  try {
    return { nvr, state: (await koji.recentBuild(nvr))?.state ?? null }
  } catch (error) {
    if (error instanceof UpstreamError && error.blame === 'thing') return { nvr, state: null }
    throw error
  }
}
