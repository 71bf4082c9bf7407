/** Shows what happened in an event, newest first. */
import { html } from 'hono/html'
import { eventLog, LOG_KINDS, type LogEntry, type LogKind } from '../../../db/queries/pages/event-log.ts'
import type { Action } from '../../../domain/access/judge.ts'
import { auditSubject } from '../../../domain/audit.ts'
import { type Html, NOTHING, time } from '../../words.ts'
import type { EventView } from './view.ts'

const SHOWN = 100

const WORDS = {
  opened: 'The event was opened',
  message: 'A message led to it',
  request: 'A change was requested',
  submitted: 'Submitted',
  ended: 'Ended',
  done: 'The event ended',
} as const satisfies Record<LogKind, string>

/** The kinds that only some callers may read, with the action of the API that guards them. */
const GUARDED: Partial<Record<LogKind, Action>> = { message: 'read-inbox', request: 'read-audit' }

/** The part `log`. */
export async function logPart({ c, ctx, door, event }: EventView): Promise<Html> {
  const mayRead = (kind: LogKind) => {
    const action = GUARDED[kind]
    return action === undefined || door.refusal(c, action) === undefined
  }
  const entries = await eventLog(ctx.db.fork(), event.id, {
    subject: auditSubject.event(event.id),
    kinds: LOG_KINDS.filter(mayRead),
    limit: SHOWN,
  })
  const older = entries.length === SHOWN ? html`<p class="note">The newest ${SHOWN} are shown.</p>` : NOTHING
  return html`<ol class="log">${entries.map(line)}</ol>${older}`
}

function line({ at, kind, image, text }: LogEntry): Html {
  return html`<li>${time(at)} <span>${WORDS[kind]}${image === null ? NOTHING : html` <b>${image}</b>`}${text === null ? NOTHING : `: ${text}`}</span></li>\n`
}
