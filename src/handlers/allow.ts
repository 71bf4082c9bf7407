/** Applies the operators' allow and block rules to an event (behaviour/freshmaker 6.2). */
import type { Context } from '../context.ts'
import { type AllowRules, isAllowed } from '../domain/rebuild/discover/allow.ts'
import type { Criteria } from '../domain/rebuild/discover/criteria.ts'
import { ARTIFACT_TYPE, type HandlerName } from '../domain/rebuild/discover/rule-names.ts'
import { Skip } from '../lib/errors.ts'

/** The operators' rules of the settings. */
export function rulesOf({ settings: { file } }: Pick<Context, 'settings'>): AllowRules {
  return { allow: file.handler_build_allowlist, block: file.handler_build_blocklist }
}

type JudgedEvent = { eventId: number; handler: HandlerName; criteria: Criteria; text: string }

/** Logs the verdict of the rules on the event. @throws Skip with `text` when they do not allow its rebuild */
export function refuseDisallowed(
  ctx: Pick<Context, 'settings' | 'log'>,
  { eventId, handler, criteria, text }: JudgedEvent,
): void {
  const allowance = isAllowed(rulesOf(ctx), handler, ARTIFACT_TYPE, criteria)
  ctx.log.info({ event: eventId, ...allowance }, 'evaluated allow/block rules')
  if (!allowance.allowed) throw new Skip(text)
}
