/** Takes the right to submit attempts of builds, with their new NVRs saved before anything is sent (design rule 6). */
import { randomUUID } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { type ClaimableBuild, lockBuilds, storeClaims } from '../../db/queries/submit/build-claim.ts'
import { secondOfRebuild } from '../../domain/rebuild/images/nvr.ts'
import type { ClaimedBuild } from '../../domain/rebuild/submit/claimed-build.ts'
import type { BatchResult } from '../../lib/async/batch.ts'
import { messageOf, NotReady } from '../../lib/errors.ts'
import { takeRoom } from '../task-limit.ts'
import { type Named, nameAttempts } from './name-attempts.ts'

/** `alone`: the build is to be claimed in a transaction of its own. */
type Claimed = ClaimedBuild | undefined | 'alone'

/**
 * Returns the claimed build, or undefined when there is nothing to submit (already submitted, ended, not ready).
 * Two workers never hold one claim; a claim ends by itself after `leaseMs`, which must be longer than a request
 * to the build system can take. Builds that wait for their claim in this process are claimed in one transaction (decision 0082).
 * @throws NotReady while another worker holds it or the next attempt is not due yet.
 */
export async function claimBuild(
  ctx: Context,
  buildId: number,
  leaseMs: number,
): Promise<ClaimedBuild | undefined> {
  const claimed = await ctx.claims(leaseMs, buildId, (ids) => claimTogether(ctx, ids, leaseMs))
  if (claimed !== 'alone') return claimed
  const results = await ctx.db.transaction((em) => claimIn(ctx, em, { ids: [buildId], leaseMs, wait: true }))
  const result = results.get(buildId)
  if (result && !result.ok) throw result.error
  return result?.value
}

/**
 * Claims builds in one transaction; one result for each id, in order. A build that another transaction has locked is left out,
 * because a transaction must not wait for it while it holds locks on other builds. A second request for the same build is left out
 * too. If the transaction fails, no build is claimed.
 */
async function claimTogether(
  ctx: Context,
  ids: readonly number[],
  leaseMs: number,
): Promise<BatchResult<Claimed>[]> {
  const distinct = [...new Set(ids)]
  try {
    const results: Map<number, BatchResult<Claimed>> = await ctx.db.transaction((em) =>
      claimIn(ctx, em, { ids: distinct, leaseMs, wait: false }),
    )
    return ids.map((id, index) => (ids.indexOf(id) === index && results.get(id)) || ALONE)
  } catch (error) {
    ctx.log.debug({ builds: distinct, err: messageOf(error) }, 'builds not claimed together')
    return ids.map(() => ALONE)
  }
}

const ALONE: BatchResult<Claimed> = { ok: true, value: 'alone' }

/** Builds to claim; `wait`: also for those that another transaction has locked. */
type Wanted = { ids: readonly number[]; leaseMs: number; wait: boolean }

/** The results by id, without those of unknown builds and of locked ones that it did not wait for. */
async function claimIn(
  ctx: Context,
  em: EntityManager,
  { ids, leaseMs, wait }: Wanted,
): Promise<Map<number, BatchResult<ClaimedBuild | undefined>>> {
  const now = ctx.now()
  const claimedAt = performance.now()
  const locked = await lockBuilds(em, ids, { wait })
  const results = new Map(
    locked.map((build): [number, BatchResult<ClaimedBuild | undefined>] => {
      const early = build.isReady ? earliness(build, now) : undefined
      return [build.id, early ? { ok: false, error: early } : { ok: true, value: undefined }]
    }),
  )
  const claimable = locked.filter((build) => build.isReady && results.get(build.id)?.ok)
  const named = await nameAttempts(ctx, em, claimable)
  // Last, since all claims wait for each other from here to the commit.
  const hasRoom = await takeRoom(ctx, em, named)
  const claims = named
    .filter((_build, index) => hasRoom[index])
    .map((build) => ({ ...build, claim: randomUUID(), claimedAt }))
  await storeClaims(em, claims, new Date(now.getTime() + leaseMs))
  for (const build of claims) results.set(build.id, { ok: true, value: claimedBuild(ctx, build, leaseMs) })
  return results
}

type NamedBuild = Named<ClaimableBuild>

function claimedBuild(
  { settings }: Context,
  build: NamedBuild & { claim: string; claimedAt: number },
  leaseMs: number,
): ClaimedBuild {
  // Of an earlier run of this very attempt, which was interrupted.
  const lapsed = !build.isNewAttempt && build.submitClaim !== null ? build.submitClaimUntil : null
  return {
    id: build.id,
    claim: build.claim,
    claimedAt: build.claimedAt,
    eventId: build.eventId,
    eventTypeId: build.eventTypeId,
    retryCount: build.retryCount,
    originalNvr: build.originalNvr,
    rebuiltNvr: build.nvr ?? '',
    parentRebuiltNvr: build.parentRebuiltNvr,
    buildArgs: build.buildArgs,
    composeIds: build.composeIds,
    dryRun: build.dryRun || settings.env.DRY_RUN,
    isOnDryRun: build.isOnDryRun,
    uncertainSince: lapsed && uncertainSince(lapsed.getTime() - leaseMs, build.nvr ?? ''),
    lostSince: build.lostSince,
    isShipped: build.isShipped,
  }
}

/** Why a build that is ready cannot be claimed yet. */
function earliness(
  { submitClaim, submitClaimUntil, submitAfter }: ClaimableBuild,
  now: Date,
): NotReady | undefined {
  const claimed = (submitClaimUntil?.getTime() ?? 0) - now.getTime()
  if (submitClaim !== null && claimed > 0) return new NotReady('another run is submitting it', claimed + 50)
  const wait = (submitAfter?.getTime() ?? 0) - now.getTime()
  return wait > 0 ? new NotReady('the next try is not due yet', wait) : undefined
}

/** A name may be ahead of the time it was made, by a second for each name of that image that was taken. */
const NAMES_AHEAD_MS = 60_000

/**
 * Since when a task of an attempt may exist whose last claim was taken at `claimedAt`. Claims follow each other while the search for
 * its task has to wait; the first came right when its name, `nvr`, was made.
 */
export function uncertainSince(claimedAt: number, nvr: string): Date {
  const second = secondOfRebuild(nvr)
  return new Date(second === null ? claimedAt : Math.min(claimedAt, second * 1000 - NAMES_AHEAD_MS))
}
