/** Drafts the event of a request: checks the request, and fetches what the type of the event depends on. */
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import type { RequestedEvent } from '../../db/queries/requested-events.ts'
import { EVENT_TYPES, type EventTypeName } from '../../domain/event.ts'
import {
  type Checked,
  type CommonRequest,
  checkAdvisoryRequest,
  checkAsyncRequest,
} from '../../domain/rebuild/intake/rebuild-request.ts'
import type { NamedEvent } from '../../domain/rebuild/intake/request-checks.ts'
import { RequestRefused } from '../../domain/rebuild/intake/request-refused.ts'
import { withinPatience } from '../../lib/async/caller-patience.ts'
import { refuseWhileRunning } from './refuse-while-running.ts'
import { typeOfRequest } from './requested-type.ts'

/** `advisory`: what an advisory affects. `async`: images by name. */
export type RequestKind = 'advisory' | 'async'

/** An event that is not stored yet. */
export type Draft = {
  /** An empty search key stands for the event's message id. */
  event: RequestedEvent
  /** What the message id begins with. */
  prefix: string
  /** Whether it may be opened while other events with its search key are running. */
  mayRunConcurrently: boolean
  /** The message for listeners, still without message id and requester. */
  topic: string
  message: object
}

type Sent = { kind: RequestKind; body: unknown; requester: string | null }

/** @throws RequestRefused for a request that is not valid, UpstreamError when the Errata Tool cannot be queried */
export function draftEvent(ctx: Context, sent: Sent, named: NamedEvent | null): Promise<Draft> {
  return DRAFTS[sent.kind](ctx, sent, named)
}

const DRAFTS: Record<RequestKind, (ctx: Context, sent: Sent, named: NamedEvent | null) => Promise<Draft>> = {
  advisory: async (ctx, sent, named) => {
    const request = requestOf(checkAdvisoryRequest(sent.body, named))
    const { errataId } = request
    // Checked again when the event is stored; the Errata Tool may be slow, or away.
    if (!request.force) await refuseWhileRunning(ctx.db.fork(), String(errataId))
    const eventTypeId = EVENT_TYPES[await typeOf(ctx, errataId)]
    return {
      event: { ...columnsOf(ctx, sent, request), searchKey: String(errataId), eventTypeId },
      prefix: 'manual_rebuild_',
      mayRunConcurrently: request.force,
      topic: 'manual.rebuild',
      message: { ...(sent.body as object), errata_id: errataId }, // an object by the checks
    }
  },

  async: async (ctx, sent, named) => {
    const request = requestOf(checkAsyncRequest(sent.body, named))
    const eventTypeId = EVENT_TYPES.FreshmakerAsyncManualBuildEvent
    return {
      event: { ...columnsOf(ctx, sent, request), searchKey: '', eventTypeId },
      prefix: 'async_build_',
      mayRunConcurrently: true,
      topic: 'async.manual.build',
      message: { ...(sent.body as object), container_images: request.images },
    }
  },
}

function requestOf<R>(checked: Checked<R>): R {
  if (!checked.ok) throw new RequestRefused('invalid', checked.problem)
  return checked.request
}

function columnsOf(
  ctx: Context,
  { requester }: Sent,
  request: CommonRequest,
): Omit<RequestedEvent, 'searchKey' | 'eventTypeId'> {
  const { images, metadata, dryRun, dependsOn, branch, target } = request
  return {
    timeCreated: ctx.now(),
    dryRun: dryRun || ctx.settings.env.DRY_RUN,
    requester,
    requestedRebuilds: images.length > 0 ? images.join(' ') : null,
    requesterMetadata: metadata === null ? null : JSON.stringify(metadata),
    distGitBranch: branch,
    brewTarget: target,
    dependsOn,
  }
}

async function typeOf(ctx: Context, errataId: number): Promise<EventTypeName> {
  const { errata } = required(ctx.clients, 'errata')
  const type = await withinPatience('errata', typeOfRequest(errata, errataId))
  if (!type) throw new RequestRefused('invalid', `The Errata Tool does not know advisory ${errataId}.`)
  return type
}
