/** The inbox: messages from the bus, what each was taken to mean, why it led to nothing, and reading it again. */
import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { INBOX_STATES, type InboxState } from '../../db/entities/index.ts'
import { meaningsOf } from '../../db/queries/pages/inbox-meanings.ts'
import { inboxByIds, inboxList, SHOWN_BYTES } from '../../db/queries/records/inbox-list.ts'
import { selectPage } from '../../db/queries/records/select-page.ts'
import { auditSubject } from '../../domain/audit.ts'
import { presentInboxMessage } from '../../present/operate.ts'
import type { ApiDoor, PageEnv, PageRequest } from '../door.ts'
import { formToken, readForm } from '../forms.ts'
import { requestedParts } from '../live-parts.ts'
import { showPage } from '../page.ts'
import { emptyPage, listPage, pager, windowOf } from '../paging.ts'
import { type Html, NOTHING, shortened, time } from '../words.ts'

const PER_PAGE = 25
const REFRESH_MS = 5000
/** Only such a message may be read again. */
const CAN_REPLAY: readonly InboxState[] = ['failed', 'ignored']

/** `/ui/inbox`, for those that may read it: `state` may be repeated. Below it: one message, and reading it again. */
export function addInboxPage(pages: Hono<PageEnv>, ctx: Context, door: ApiDoor): void {
  pages.get('/inbox', door.requires('read-inbox'), async (c) => {
    const em = ctx.db.fork()
    const chosen = INBOX_STATES.filter((name) => c.req.queries('state')?.includes(name))
    const page = listPage(c, PER_PAGE)
    const state = chosen.length > 0 ? chosen : undefined
    const { ids, total } = await selectPage(em, inboxList({ state }), windowOf(page), ctx.totals)
    const meanings = await meaningsOf(em, ids)
    const rows = (await inboxByIds(em, ids, { withBody: false })).map(presentInboxMessage)
    const list = html`<table class="list"><thead><tr><th scope="col">Message</th><th scope="col">State</th><th scope="col">Interpreted as</th><th scope="col">Received</th></tr></thead>
<tbody>${rows.length > 0 ? rows.map((message) => row(c, message, meanings.get(message.id))) : html`<tr><td colspan="4">${emptyPage(c, page, state ? 'No messages in the selected states.' : 'No message has arrived yet.')}</td></tr>`}</tbody></table>`
    const parts = await requestedParts(c, { messages: () => list })
    if (parts) return parts
    const body = html`<h1>Inbox</h1>
<form class="filters"><fieldset><legend>State</legend>${INBOX_STATES.map((name) => html`<label><input type="checkbox" name="state" value="${name}"${chosen.includes(name) ? raw(' checked') : ''}> ${name}</label>\n`)}</fieldset><button>Show</button></form>
<div class="scroll" id="messages" data-live data-refresh="${REFRESH_MS}" tabindex="0" role="region" aria-label="Table of messages">${list}</div>
${pager(c, page, total, 'message')}`
    return showPage(c, { title: 'Inbox', section: 'inbox', body, scripts: ['live.js'] })
  })
  pages.get('/inbox/:id{[0-9]{1,15}}', door.requires('read-inbox'), (c) =>
    showMessage(c, {
      ctx,
      door,
      news: c.req.query('again') === undefined ? null : 'The message was read again.',
    }),
  )
  const guard = door.guards('replay', (c) => auditSubject.message(Number(c.req.param('id'))))
  pages.post('/inbox/:id{[0-9]{1,15}}', guard, async (c) => {
    await readForm(c)
    const answer = await door.send(c, { method: 'POST', path: `/api/2/inbox/${c.req.param('id')}/replay` })
    const path = `${c.get('caller').prefix}/ui/inbox/${c.req.param('id')}`
    if (answer.status < 300) return c.redirect(`${path}?again`, 303)
    const body = z.object({ message: z.string() }).safeParse(answer.body)
    const refusal = body.success ? body.data.message : `The request failed with status ${answer.status}.`
    return showMessage(c, { ctx, door, news: refusal, status: answer.status })
  })
}

type Message = ReturnType<typeof presentInboxMessage>

function row(c: PageRequest, message: Message, meaning: unknown): Html {
  const { prefix } = c.get('caller')
  return html`<tr><th scope="row"><a href="${prefix}/ui/inbox/${message.id}">${message.id}</a><small>${message.topic}</small></th>
<td data-label="State">${message.state}</td><td class="wrong">${inWords(meaning)}${shortened(message.reason)}${eventLink(prefix, message)}</td><td data-label="Received">${time(message.received_at)}</td></tr>\n`
}

function eventLink(prefix: string, { event_id: event }: Message): Html {
  return event === null ? NOTHING : html` <a href="${prefix}/ui/events/${event}">Event ${event}</a>`
}

const meaningKind = z.looseObject({ kind: z.string() })

/** `advisory-shipped: errataId 7`; the numbers and names that a meaning has at its top. */
function inWords(meaning: unknown): string {
  const parsed = meaningKind.safeParse(meaning)
  if (!parsed.success) return ''
  const { kind, ...rest } = parsed.data
  const facts = Object.entries(rest).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [`${name} ${value}`] : [],
  )
  return `${kind}: ${facts.join(', ')}. `
}

async function showMessage(
  c: PageRequest,
  { ctx, door, news, status = 200 }: { ctx: Context; door: ApiDoor; news: string | null; status?: number },
) {
  const em = ctx.db.fork()
  const id = Number(c.req.param('id'))
  const [record] = await inboxByIds(em, [id], { withBody: true })
  const { prefix } = c.get('caller')
  const back = html`<p><a href="${prefix}/ui/inbox">All messages</a></p>`
  if (!record) {
    const body = html`<h1>Not found</h1><p class="message">There is no message ${id}.</p>${back}`
    return showPage(c, { title: 'Not found', section: 'inbox', body }, 404)
  }
  const message = presentInboxMessage(record)
  const mayReplay = CAN_REPLAY.includes(message.state) && door.refusal(c, 'replay') === undefined
  const body = html`<h1>Message ${id}</h1>
${news === null ? NOTHING : html`<p class="message" role="status">${news}</p>`}
<p>${message.topic}, received ${time(message.received_at)}, ${message.state}${message.attempts > 0 ? `, ${message.attempts} failed attempts` : ''}.${eventLink(prefix, message)}</p>
<p>${inWords((await meaningsOf(em, [id])).get(id))}${message.reason ?? NOTHING}</p>
${mayReplay ? html`<p>Reading it again does what would be done if it had just arrived.</p><form method="post" class="buttons">${formToken(c)}<button>Read it again</button></form>` : NOTHING}
<h2>Content</h2><pre>${message.body ?? ''}</pre>${message.bytes > SHOWN_BYTES ? html`<p class="note">The first ${SHOWN_BYTES} of ${message.bytes} bytes.</p>` : NOTHING}${back}`
  return showPage(c, { title: `Message ${id}`, section: 'inbox', body }, status)
}
