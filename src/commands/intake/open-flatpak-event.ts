/** Opens the event of an advisory whose modules flatpaks can be rebuilt from, before it ships (behaviour/freshmaker 5.4). */
import type { ErrataClient } from '../../clients/errata/client.ts'
import { required } from '../../clients/required.ts'
import type { Context } from '../../context.ts'
import type { InboxRow } from '../../db/entities/index.ts'
import { EVENT_TYPES } from '../../domain/event.ts'
import type { Meaning } from '../../domain/message.ts'
import {
  mayBeFlatpakModule,
  type RequestedAdvisory,
  whyNotReady,
} from '../../domain/rebuild/intake/event-type.ts'
import { handlerOfType, whyOff } from '../../handlers/index.ts'
import { Permanent, Skip } from '../../lib/errors.ts'
import { openAutomaticEvent } from './open-advisory-event.ts'

const TYPE = EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent

/**
 * Queries the Errata Tool, unless flatpaks are not rebuilt here at all. A message about the status may be late, so the
 * advisory counts as in testing whatever it is by now. Safe to repeat like `openAutomaticEvent`.
 * @throws Skip when it is not ready, Permanent when the Errata Tool does not know it
 */
export async function openFlatpakEvent(
  ctx: Context,
  { errataId, by }: Extract<Meaning, { kind: 'module-in-testing' }>,
  row: InboxRow,
): Promise<{ eventId: number }> {
  const handler = handlerOfType(TYPE)
  const off = handler && whyOff(handler, ctx.settings.env)
  if (off !== undefined) throw new Skip(`${off}.`)
  const { errata } = required(ctx.clients, 'errata')
  const summary = await errata.summary(errataId)
  if (!summary) throw new Permanent(`The Errata Tool does not know advisory ${errataId}.`)
  const state = by === 'status' ? 'QE' : summary.state
  const reason = whyNotReady(await withFlatpakFacts(errata, { ...summary, state }))
  if (reason !== null) throw new Skip(`Advisory ${errataId} is not ready for flatpaks: ${reason}.`)
  const messageId = by === 'status' ? `${row.messageId}.${summary.name}` : row.messageId
  return openAutomaticEvent(ctx, { messageId, advisory: summary, eventTypeId: TYPE })
}

/** Fetches what makes an advisory ready for flatpaks; for most of them that is nothing. */
export async function withFlatpakFacts<S extends Omit<RequestedAdvisory, 'flatpak'> & { id: number }>(
  errata: ErrataClient,
  summary: S,
): Promise<S & RequestedAdvisory> {
  if (!mayBeFlatpakModule(summary)) return { ...summary, flatpak: null }
  const { id } = summary
  const [releaseType, pulpRepoIds, allBuildsSigned] = await Promise.all([
    errata.releaseType(id),
    errata.pulpRepoIds(id),
    errata.allBuildsSigned(id),
  ])
  return { ...summary, flatpak: { releaseType: releaseType ?? '', pulpRepoIds, allBuildsSigned } }
}
