/** Takes the right to submit one try of a build, with its new NVR saved before anything is sent (design rule 6). */
import { randomUUID } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import { eventStateId } from '../../domain/event.ts'
import { rebuiltNvr } from '../../domain/rebuild/images/nvr.ts'
import { buildStateId } from '../../domain/rebuild/states.ts'
import { NotReady } from '../../lib/errors.ts'
import { hasRoom } from '../task-limit.ts'

/** A build as `submit` needs it; `rebuiltNvr` is fixed for this try. */
export type ClaimedBuild = {
  id: number
  /** Names this claim: one that has passed to another run is no longer ours to renew or release. */
  claim: string
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
}

type Row = {
  event_id: number
  event_state: number
  event_type_id: number
  dry_run: boolean | null
  state: number
  original_nvr: string | null
  rebuilt_nvr: string | null
  rebuilt_for_try: number | null
  build_args: string | null
  submit_after: Date | null
  submit_claim: string | null
  submit_claim_until: Date | null
  retry_count: number
  target: string | null
  parent_state: number | null
  parent_rebuilt_nvr: string | null
  compose_ids: number[] | null
  open_composes: number
}

const SELECT = `
  select b.event_id, e.state as event_state, e.event_type_id, e.dry_run, b.state, b.original_nvr, b.rebuilt_nvr, b.rebuilt_for_try,
         b.build_args, b.submit_after, b.submit_claim, b.submit_claim_until,
         b.retry_count, b.target, p.state as parent_state, p.rebuilt_nvr as parent_rebuilt_nvr,
         (select array_agg(c.odcs_compose_id order by c.odcs_compose_id) from artifact_build_composes l
            join composes c on c.id = l.compose_id where l.build_id = b.id) as compose_ids,
         (select count(*)::int from artifact_build_composes l join composes c on c.id = l.compose_id
           where l.build_id = b.id and (c.state is null or c.state < 2))
           + (select count(*)::int from build_compose_requests w join compose_requests q on q.id = w.request_id
               where w.build_id = b.id and q.compose_id is null) as open_composes
    from artifact_builds b join events e on e.id = b.event_id left join artifact_builds p on p.id = b.dep_on_id
   where b.id = ? for update of b`

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
  return ctx.db.transaction(async (em) => {
    const [row] = await em.execute<Row[]>(SELECT, [buildId])
    if (!row || !isDue(row)) return undefined
    const now = ctx.now()
    refuseEarly(row, now)
    if (!(await hasRoom(ctx, em, buildId, row.target))) return undefined
    const fresh = row.rebuilt_nvr === null || row.rebuilt_for_try !== row.retry_count
    const nvr = fresh ? await newNvr(ctx, em, row, now) : row.rebuilt_nvr
    const claim = randomUUID()
    const until = new Date(now.getTime() + leaseMs)
    await em.execute(
      `update artifact_builds set rebuilt_nvr = ?, rebuilt_for_try = ?, submit_claim = ?, submit_claim_until = ?
        where id = ?`,
      [nvr, row.retry_count, claim, until, buildId],
    )
    const began = !fresh && row.submit_claim !== null ? timeOf(row.submit_claim_until) : null
    return {
      id: buildId,
      claim,
      eventId: row.event_id,
      eventTypeId: row.event_type_id,
      retryCount: row.retry_count,
      originalNvr: row.original_nvr,
      rebuiltNvr: nvr ?? '',
      parentRebuiltNvr: row.parent_rebuilt_nvr,
      buildArgs: row.build_args,
      composeIds: row.compose_ids ?? [],
      dryRun: Boolean(row.dry_run) || ctx.settings.env.DRY_RUN,
      uncertainSince: began === null ? null : new Date(began - leaseMs),
    }
  })
}

/** Gives the claim back: `ended` when nothing was sent for certain, else the outcome is looked up from then on. */
export async function releaseClaim(
  ctx: Context,
  { id, claim }: ClaimedBuild,
  outcome: 'nothing-sent' | { lookAt: Date },
) {
  const change =
    outcome === 'nothing-sent' ? 'submit_claim = null, submit_claim_until = null' : 'submit_claim_until = ?'
  const values = outcome === 'nothing-sent' ? [] : [outcome.lookAt]
  const sql = `update artifact_builds set ${change} where id = ? and submit_claim = ?`
  await ctx.db.fork().execute(sql, [...values, id, claim])
}

function isDue(row: Row): boolean {
  const parentDone = row.parent_state === null || row.parent_state === buildStateId('DONE')
  const planned = row.event_state === eventStateId('BUILDING') && row.state === buildStateId('PLANNED')
  return planned && parentDone && row.open_composes === 0
}

function refuseEarly(row: Row, now: Date): void {
  const claimed = (timeOf(row.submit_claim_until) ?? 0) - now.getTime()
  if (row.submit_claim !== null && claimed > 0)
    throw new NotReady('another run is submitting it', claimed + 50)
  const wait = (timeOf(row.submit_after) ?? 0) - now.getTime()
  if (wait > 0) throw new NotReady('the next try is not due yet', wait)
}

/** Names carry whole seconds: two events may rebuild the same image in one second, then the later one moves on. */
async function newNvr(ctx: Context, em: EntityManager, row: Row, now: Date): Promise<string | null> {
  if (row.original_nvr === null) return null
  for (let second = Math.floor(now.getTime() / 1000); ; second += 1) {
    const nvr = rebuiltNvr(row.original_nvr, second, ctx.settings.file.rebuilt_nvr_release_suffix)
    const [taken] = await em.execute<object[]>('select 1 from artifact_builds where rebuilt_nvr = ?', [nvr])
    if (!taken) return nvr
  }
}

function timeOf(value: Date | string | null): number | null {
  return value === null ? null : new Date(value).getTime()
}
