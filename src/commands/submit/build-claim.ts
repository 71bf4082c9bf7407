/** Takes the right to submit one try of a build, with its new NVR saved before anything is sent (design rule 6). */
import { randomUUID } from 'node:crypto'
import type { Context } from '../../context.ts'
import { lockText } from '../../db/locks.ts'
import type { EntityManager } from '../../db/orm.ts'
import {
  type ClaimableBuild,
  isNvrTaken,
  lockBuild,
  rebuiltNvrsOf,
  saveClaim,
} from '../../db/queries/submit/build-claim.ts'
import { rebuiltNvr, secondOfRebuild } from '../../domain/rebuild/images/nvr.ts'
import { NotReady } from '../../lib/errors.ts'
import { hasRoom } from '../task-limit.ts'

/** A build as `submit` needs it; `rebuiltNvr` is fixed for this try. */
export type ClaimedBuild = {
  id: number
  /** Identifies this run's claim; a claim that another run has taken over can no longer be extended or dropped by this one. */
  claim: string
  /** By `performance.now()`: taking a claim may wait for locks, and it lasts for the lease from some moment after this. */
  requestedAt: number
  eventId: number
  eventTypeId: number
  retryCount: number
  originalNvr: string | null
  rebuiltNvr: string
  /** Rebuilt NVR of the parent build, when there is one. */
  parentRebuiltNvr: string | null
  buildArgs: string | null
  composeIds: number[]
  dryRun: boolean
  /** An earlier run of this very try began and left no result: look for its task before submitting. */
  uncertainSince: Date | null
  /** As of `ClaimableBuild`. */
  lostSince: Date | null
  isShipped: boolean
}

/**
 * Returns the claimed build, or undefined when there is nothing to submit (already submitted, ended, not ready).
 * Two workers never hold one claim; a claim ends by itself after `leaseMs`, which must be longer than a request
 * to the build system can take. @throws NotReady while another worker holds it or the next try is not due yet.
 */
export function claimBuild(
  ctx: Context,
  buildId: number,
  leaseMs: number,
): Promise<ClaimedBuild | undefined> {
  const requestedAt = performance.now()
  return ctx.db.transaction(async (em) => {
    const build = await lockBuild(em, buildId)
    if (!build?.isReady) return undefined
    const now = ctx.now()
    refuseEarly(build, now)
    const isFresh = build.rebuiltNvr === null || build.rebuiltForTry !== build.retryCount
    const nvr = isFresh ? await newNvr(ctx, em, build.originalNvr, now) : build.rebuiltNvr
    // Last, since all claims wait for each other from here to the commit.
    if (!(await hasRoom(ctx, em, buildId, build.target))) return undefined
    const claim = randomUUID()
    const until = new Date(now.getTime() + leaseMs)
    await saveClaim(em, buildId, { claim, until, nvr, retryCount: build.retryCount })
    const lapsed = !isFresh && build.submitClaim !== null ? build.submitClaimUntil : null
    return {
      id: buildId,
      claim,
      requestedAt,
      eventId: build.eventId,
      eventTypeId: build.eventTypeId,
      retryCount: build.retryCount,
      originalNvr: build.originalNvr,
      rebuiltNvr: nvr ?? '',
      parentRebuiltNvr: build.parentRebuiltNvr,
      buildArgs: build.buildArgs,
      composeIds: build.composeIds,
      dryRun: build.dryRun || ctx.settings.env.DRY_RUN,
      uncertainSince: lapsed && uncertainSince(lapsed.getTime() - leaseMs, nvr ?? ''),
      lostSince: build.lostSince,
      isShipped: build.isShipped,
    }
  })
}

/** A name may be ahead of the time it was made, by a second for each name of that image that was taken. */
const NAMES_AHEAD_MS = 60_000

/**
 * Since when a task of a try may exist whose last claim was taken at `claimedAt`. Claims follow each other while the search for
 * its task has to wait; the first came right when its name, `nvr`, was made.
 */
export function uncertainSince(claimedAt: number, nvr: string): Date {
  const second = secondOfRebuild(nvr)
  return new Date(second === null ? claimedAt : Math.min(claimedAt, second * 1000 - NAMES_AHEAD_MS))
}

function refuseEarly({ submitClaim, submitClaimUntil, submitAfter }: ClaimableBuild, now: Date): void {
  const claimed = (submitClaimUntil?.getTime() ?? 0) - now.getTime()
  if (submitClaim !== null && claimed > 0) throw new NotReady('another run is submitting it', claimed + 50)
  const wait = (submitAfter?.getTime() ?? 0) - now.getTime()
  if (wait > 0) throw new NotReady('the next try is not due yet', wait)
}

/**
 * Names carry whole seconds, so a try that follows another of the same image within one second moves on. It takes a second
 * after all that were used, since the names of earlier tries are not stored any more: the build system knows their tasks. Claims of
 * one image at the same moment follow each other.
 */
async function newNvr(
  ctx: Context,
  em: EntityManager,
  originalNvr: string | null,
  now: Date,
): Promise<string | null> {
  if (originalNvr === null) return null
  const { rebuilt_nvr_release_suffix: suffix } = ctx.settings.file
  // Releases of an image may share their names, so what is locked is what the names of this one begin with.
  await lockText(em, rebuiltNvr(originalNvr, 0, suffix))
  const used = (await rebuiltNvrsOf(em, originalNvr)).map((nvr) => secondOfRebuild(nvr) ?? 0)
  const first = Math.max(Math.floor(now.getTime() / 1000), ...used.map((second) => second + 1))
  for (let second = first; ; second += 1) {
    const nvr = rebuiltNvr(originalNvr, second, suffix)
    if (!(await isNvrTaken(em, nvr))) return nvr
  }
}
