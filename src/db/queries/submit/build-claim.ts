/** The claim on a build: the right of one worker run to submit the current attempt. */
import { lockText } from '../../locks.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'
import { BUILDS_WITH_PARENT, buildIs, READY } from '../conditions.ts'

/** A locked build with what a claim depends on; `isReady` as defined in `conditions.ts`. */
export type ClaimableBuild = {
  id: number
  eventId: number
  eventTypeId: number
  dryRun: boolean
  isReady: boolean
  originalNvr: string | null
  rebuiltNvr: string | null
  /** The retry count that `rebuiltNvr` was made for. */
  rebuiltForAttempt: number | null
  buildArgs: string | null
  submitAfter: Date | null
  submitClaim: string | null
  submitClaimUntil: Date | null
  retryCount: number
  target: string | null
  parentRebuiltNvr: string | null
  composeIds: number[]
  /** As in `ClaimedBuild`. */
  isOnDryRun: boolean
  lostSince: Date | null
  isShipped: boolean
}

type Row = Omit<ClaimableBuild, 'submitAfter' | 'submitClaimUntil' | 'lostSince'> & {
  submitAfter: string | null
  submitClaimUntil: string | null
  lostSince: string | null
}

/** When the event began. One requested by hand began with its request: a request from before the restore is unknown after it, and a repeat is new. */
const BEGAN = `case when e.manual_triggered then e.time_created else least(a.shipped_at, e.time_created) end`

const CLAIMABLE = `
  select b.id, b.event_id as "eventId", e.event_type_id as "eventTypeId", coalesce(e.dry_run, false) as "dryRun",
         (${READY}) as "isReady", b.original_nvr as "originalNvr", b.rebuilt_nvr as "rebuiltNvr",
         b.rebuilt_for_try as "rebuiltForAttempt", b.build_args as "buildArgs", b.submit_after as "submitAfter",
         b.submit_claim as "submitClaim", b.submit_claim_until as "submitClaimUntil", b.retry_count as "retryCount",
         b.target, p.rebuilt_nvr as "parentRebuiltNvr",
         array(select c.odcs_compose_id from artifact_build_composes l join composes c on c.id = l.compose_id
                where l.build_id = b.id order by c.odcs_compose_id) as "composeIds",
         coalesce(p.build_id < 0, false) or exists (
           select 1 from artifact_build_composes l join composes c on c.id = l.compose_id
            where l.build_id = b.id and c.odcs_compose_id < 0) as "isOnDryRun",
         a.shipped_at is not null as "isShipped",
         (select greatest(min(r.lost_from), ${BEGAN}) from restores r where r.restored_at > ${BEGAN}
         having count(*) > 0) as "lostSince"
    from ${BUILDS_WITH_PARENT} left join event_advisories a on a.event_id = b.event_id
   where b.id in (?) for update of b`

/**
 * Locks the rows of builds until the transaction ends; returns them in the order of `ids`, without those that do not exist. Those that
 * another transaction has locked are left out, unless `wait` is set.
 */
export async function lockBuilds(
  em: EntityManager,
  ids: readonly number[],
  { wait }: { wait: boolean },
): Promise<ClaimableBuild[]> {
  const rows = await em.execute<Row[]>(wait ? CLAIMABLE : `${CLAIMABLE} skip locked`, [ids])
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (!row) return []
    const { submitAfter, submitClaimUntil, lostSince } = row
    return {
      ...row,
      submitAfter: dateOrNull(submitAfter),
      submitClaimUntil: dateOrNull(submitClaimUntil),
      lostSince: dateOrNull(lostSince),
    }
  })
}

/** Whether any build, other than `except`, has this NVR. */
export async function isNvrTaken(em: EntityManager, nvr: string, except = 0): Promise<boolean> {
  const sql = 'select 1 from artifact_builds where rebuilt_nvr = ? and id <> ?'
  return (await em.execute<object[]>(sql, [nvr, except])).length > 0
}

/** The NVRs among these under which any build was ever rebuilt. */
export async function takenNvrs(em: EntityManager, nvrs: readonly string[]): Promise<ReadonlySet<string>> {
  const sql = 'select rebuilt_nvr as nvr from artifact_builds where rebuilt_nvr in (?)'
  const rows = await em.execute<{ nvr: string }[]>(sql, [nvrs])
  return new Set(rows.map(({ nvr }) => nvr))
}

/** The NVRs of the newest attempt of each build of these images, by original NVR. */
export async function rebuiltNvrsOf(
  em: EntityManager,
  originalNvrs: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await em.execute<{ original: string; nvrs: string[] }[]>(
    `select original_nvr as original, json_agg(rebuilt_nvr) as nvrs from artifact_builds
      where original_nvr in (?) and rebuilt_nvr is not null group by 1`,
    [originalNvrs],
  )
  return new Map(rows.map(({ original, nvrs }) => [original, nvrs]))
}

/** A claim to store, with the NVR of its attempt. */
export type NewClaim = { id: number; claim: string; nvr: string | null; retryCount: number }

/** Stores claims that last until `until`; the caller holds the locks of the rows. */
export async function storeClaims(
  em: EntityManager,
  claims: readonly NewClaim[],
  until: Date,
): Promise<void> {
  if (claims.length === 0) return
  const rows = claims.map(({ id, claim, nvr, retryCount }) => ({ id, claim, nvr, retry_count: retryCount }))
  await em.execute(
    `update artifact_builds b
        set rebuilt_nvr = c.nvr, rebuilt_for_try = c.retry_count, submit_claim = c.claim, submit_claim_until = ?
       from json_to_recordset(?::json) as c (id int, claim uuid, nvr text, retry_count int) where b.id = c.id`,
    [until, JSON.stringify(rows)],
  )
}

/**
 * Gives a claimed build the NVR of a task that was submitted for it earlier; false, with nothing changed, when another build has that
 * NVR or the claim has passed to another run. The lock makes two builds of one image follow each other. Safe to repeat.
 */
export async function takeNvr(
  em: EntityManager,
  { buildId, claim, nvr }: { buildId: number; claim: string; nvr: string },
): Promise<boolean> {
  await lockText(em, nvr)
  if (await isNvrTaken(em, nvr, buildId)) return false
  const sql = 'update artifact_builds set rebuilt_nvr = ? where id = ? and submit_claim = ? returning 1'
  return (await em.execute<object[]>(sql, [nvr, buildId, claim])).length > 0
}

/** Lets a claim last until `until`. @returns false, having changed nothing, when it has passed to another run */
export async function extendClaim(
  em: EntityManager,
  buildId: number,
  claim: string,
  until: Date,
): Promise<boolean> {
  const sql =
    'update artifact_builds set submit_claim_until = ? where id = ? and submit_claim = ? returning 1'
  return (await em.execute<object[]>(sql, [until, buildId, claim])).length > 0
}

/** Releases a claim under which certainly nothing was sent. One that has passed to another run stays as it is. */
export async function dropClaim(em: EntityManager, buildId: number, claim: string): Promise<void> {
  const sql = `
    update artifact_builds set submit_claim = null, submit_claim_until = null where id = ? and submit_claim = ?`
  await em.execute(sql, [buildId, claim])
}

/** Whether the newest name of a build has this release and no task is stored under it any more: its attempt has one, or has ended. */
export async function isAttemptOver(em: EntityManager, buildId: number, release: string): Promise<boolean> {
  const sql = `select 1 from artifact_builds b where b.id = ? and right(b.rebuilt_nvr, length(?) + 1) = '-' || ?
    and not (${buildIs('b', 'PLANNED')} and b.rebuilt_for_try = b.retry_count)`
  return (await em.execute<object[]>(sql, [buildId, release, release])).length > 0
}

/** The event of a build without a claim, of which nothing can be under way; with `withClaim` of any build. */
export async function eventOfPlanned(
  em: EntityManager,
  buildId: number,
  { withClaim }: { withClaim: boolean },
): Promise<number | undefined> {
  const sql = 'select event_id as "eventId" from artifact_builds where id = ? and (? or submit_claim is null)'
  const [row] = await em.execute<{ eventId: number }[]>(sql, [buildId, withClaim])
  return row?.eventId
}
