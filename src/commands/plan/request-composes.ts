/** Asks ODCS for the composes that an event's builds need (behaviour/freshmaker 8.4). */
import type { Context } from '../../context.ts'
import {
  type DueRequest,
  linkCompose,
  lockDueRequest,
  waitingBuilds,
} from '../../db/queries/compose-requests.ts'
import { buildText } from '../../domain/rebuild/texts.ts'
import { isTransient, messageOf, NotReady } from '../../lib/errors.ts'
import { remindOf } from '../enqueue-builds.ts'
import { applyFact } from '../transition/apply-fact.ts'

const STATES = ['wait', 'generating', 'done', 'removed', 'failed'] as const
const DONE = STATES.indexOf('done')
/** Serialises the choice of the next free number between processes; any number no other lock takes. */
const DRY_RUN_LOCK = 7_246_003

/**
 * Safe to repeat: only requests without a compose are asked for, each under a lock. Should the answer to one be lost,
 * it is asked for again; the first one expires unused. A request that ODCS refuses fails the builds that need it.
 */
export async function requestComposes(ctx: Context, eventId: number): Promise<void> {
  for (let after = 0, more = true; more; ) {
    const request = await ctx.db.transaction(async (em) => {
      const due = await lockDueRequest(em, eventId, after)
      if (!due) return undefined
      const outcome = await ask(ctx, due)
      if ('refused' in outcome) return { due, outcome }
      await linkCompose(em, due.id, outcome)
      return { due, outcome }
    })
    more = request !== undefined
    if (!request) continue
    after = request.due.id
    await tellBuilds(ctx, eventId, request.due.id, request.outcome)
  }
}

type Outcome = { odcsId: number; state: number } | { refused: string }

async function ask(ctx: Context, { need, dryRun }: DueRequest): Promise<Outcome> {
  if (dryRun || ctx.settings.env.DRY_RUN) return fakeCompose(ctx)
  const { odcs } = ctx.clients
  if (!odcs) throw new NotReady('no ODCS is configured (ODCS_URL)', 60_000)
  try {
    const compose = await odcs.requestCompose(need)
    ctx.log.info({ compose: compose.id, type: need.type, source: need.source }, 'compose requested')
    return { odcsId: compose.id, state: STATES.indexOf(compose.state) }
  } catch (error) {
    if (isTransient(error)) throw error
    return { refused: messageOf(error) }
  }
}

/** Dry runs have composes with negative ids that are done at once (behaviour/freshmaker 8.6). */
async function fakeCompose(ctx: Context): Promise<Outcome> {
  return ctx.db.transaction(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [DRY_RUN_LOCK])
    const sql = 'select least(0, min(odcs_compose_id)) - 1 as id from composes'
    const [row] = await em.execute<{ id: number }[]>(sql)
    const odcsId = row?.id ?? -1
    await em.execute('insert into composes (odcs_compose_id, state) values (?, ?)', [odcsId, DONE])
    return { odcsId, state: DONE }
  })
}

async function tellBuilds(ctx: Context, eventId: number, requestId: number, outcome: Outcome): Promise<void> {
  const builds = await waitingBuilds(ctx.db.fork(), requestId)
  if ('refused' in outcome) {
    const reason = buildText.handlingFailed(outcome.refused)
    for (const buildId of builds)
      await applyFact(ctx, eventId, { kind: 'submission-refused', buildId, reason })
  } else if (outcome.state >= DONE) {
    await ctx.queues.enqueueAll('submit', await remindOf(ctx, builds))
  }
}
