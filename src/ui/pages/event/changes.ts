/** The changes that may be made to an event: each has a button, a page that shows what it would do, and a form that does it. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Context } from '../../../context.ts'
import { refusalToCancel, refusalToRetry } from '../../../domain/access/judge.ts'
import { auditSubject } from '../../../domain/audit.ts'
import { type EventState, eventStateName } from '../../../domain/event.ts'
import { eventSubject, hasAdvisory } from '../../../domain/event-subject.ts'
import { keysOf } from '../../../domain/keys-of.ts'
import { isTerminalEventState } from '../../../domain/rebuild/states.ts'
import type { ApiAnswer, ApiDoor, ChangeAction, PageEnv } from '../../door.ts'
import { formToken, readForm } from '../../forms.ts'
import { showPage } from '../../page.ts'
import { type Html, NOTHING, stateMark } from '../../words.ts'
import { type Preview, previewCancel, previewRebuild, previewRetry } from './change-previews.ts'
import { type EventView, viewOf } from './view.ts'

type Change = {
  title: string
  /** What it does, in one sentence: on the button and above the preview. */
  explains: string
  action: ChangeAction
  /** In which states of the event the button is shown. */
  when: (state: EventState, view: EventView) => boolean
  /** Why not in any other state, for a preview that is opened late; without it the preview itself explains it. */
  otherwise?: (state: EventState, view: EventView) => string
  /** Why the caller may not change this event, beyond the guard of the action. */
  refusal?: (view: EventView) => string | undefined
  preview: (view: EventView) => Promise<Preview>
  /** The request of the API that carries it out. */
  request: (view: EventView) => { method: 'POST' | 'PATCH'; path: string; body: object }
}

const notOfAdvisory = (_state: EventState, { event }: EventView) =>
  isOfAdvisory(event) ? `Event ${event.id} has not ended yet.` : `Event ${event.id} is not about an advisory.`

const isOfAdvisory = ({ eventTypeId, searchKey }: EventView['event']) =>
  hasAdvisory(eventTypeId) && /^\d{1,9}$/.test(searchKey)

/** A request for the advisory of an event; what began as a dry run never continues as a rebuild. */
const advisoryOf = ({ searchKey, dryRun }: EventView['event']) => ({
  errata_id: Number(searchKey),
  ...(dryRun && { dry_run: true }),
})

const CHANGES = {
  cancel: {
    title: 'Cancel',
    explains: 'Stops everything that is not rebuilt yet.',
    action: 'cancel',
    when: (state) => !isTerminalEventState(state),
    otherwise: (state, { event }) => `Event ${event.id} is already ${state} and cannot be canceled.`,
    refusal: ({ c, event }) => refusalToCancel(c.get('caller'), event.requester),
    preview: previewCancel,
    request: ({ event }) => ({
      method: 'PATCH',
      path: `/api/2/events/${event.id}`,
      body: { action: 'cancel' },
    }),
  },
  retry: {
    title: 'Retry failed',
    explains: 'Builds what failed again, in a new event, from what this one found.',
    action: 'retry',
    when: (state, { event, builds }) =>
      (isTerminalEventState(state) && builds.some((build) => build.state === 'FAILED')) ||
      (state === 'FAILED' && builds.length === 0 && eventSubject(event.eventTypeId) !== null),
    refusal: ({ c, door, event }) => refusalToRetry(c.get('caller'), event.eventTypeId, door.scopeNamespace),
    preview: previewRetry,
    request: ({ event }) => ({ method: 'POST', path: `/api/2/events/${event.id}/retry`, body: {} }),
  },
  'plan-again': {
    title: 'Plan again',
    explains:
      'Searches again for what the advisory affects, in a new event that depends on this one: what is rebuilt stays and is reused.',
    action: 'rebuild',
    when: (state, { event }) => isTerminalEventState(state) && isOfAdvisory(event),
    otherwise: notOfAdvisory,
    preview: (view) => previewRebuild(view, { dependsOn: view.event.id }),
    request: ({ event }) => ({
      method: 'POST',
      path: '/api/2/builds/',
      body: { ...advisoryOf(event), freshmaker_event_id: event.id },
    }),
  },
  rebuild: {
    title: 'Rebuild',
    explains:
      'Searches again for what the advisory affects and builds all of it, including what is already rebuilt.',
    action: 'rebuild',
    when: (state, { event }) => isTerminalEventState(state) && isOfAdvisory(event),
    otherwise: notOfAdvisory,
    preview: (view) => previewRebuild(view, { again: true }),
    request: ({ event }) => ({
      method: 'POST',
      path: '/api/2/builds/',
      body: { ...advisoryOf(event), metadata: { skip_rebuilt: false } },
    }),
  },
} as const satisfies Record<string, Change>
const NAMES = keysOf(CHANGES)

/** The changes that this caller may make now, as links to their previews. */
export function buttons(view: EventView): Html {
  const { c, door, event } = view
  const state = stateOf(view)
  const links = NAMES.filter((name) => {
    const change: Change = CHANGES[name]
    return change.when(state, view) && !door.refusal(c, change.action) && !change.refusal?.(view)
  }).map(
    (name) =>
      html`<a class="button" href="${c.get('caller').prefix}/ui/events/${event.id}/${name}" title="${CHANGES[name].explains}">${CHANGES[name].title}…</a>\n`,
  )
  return links.length > 0 ? html`<p class="buttons">${links}</p>` : NOTHING
}

/** `/ui/events/:id/<change>`: the preview, and the form that it shows. */
export function addChanges(pages: Hono<PageEnv>, ctx: Context, door: ApiDoor): void {
  for (const name of NAMES) {
    const change: Change = CHANGES[name]
    pages.get(`/events/:id{[0-9]+}/${name}`, door.requires(change.action), async (c) => {
      const view = await viewOf(c, ctx, door)
      const refused = change.refusal?.(view)
      if (refused !== undefined) return showChange(view, change, notPossible(refused), 403)
      const late = tooLate(change, view)
      if (late !== undefined) return showChange(view, change, notPossible(late), 200)
      return showChange(view, change, await change.preview(view), 200)
    })
    const guard = door.guards(change.action, (c) => auditSubject.event(Number(c.req.param('id'))))
    pages.post(`/events/:id{[0-9]+}/${name}`, guard, async (c) => {
      const { key } = await readForm(c)
      const view = await viewOf(c, ctx, door)
      const answer = await door.send(c, { ...change.request(view), key })
      const { prefix } = c.get('caller')
      if (answer.status < 300)
        return c.redirect(`${prefix}/ui/events/${eventIn(answer) ?? view.event.id}`, 303)
      return showChange(view, change, notPossible(messageIn(answer)), answer.status)
    })
  }
}

/** The event may have changed since the page with the button was opened. */
function tooLate(change: Change, view: EventView): string | undefined {
  const state = stateOf(view)
  return change.when(state, view) ? undefined : change.otherwise?.(state, view)
}

function notPossible(message: string): Preview {
  return { text: html`<p class="message">${message}</p>`, possible: false }
}

function showChange(
  view: EventView,
  { title, explains }: Change,
  { text, possible }: Preview,
  status: number,
) {
  const { c, event } = view
  const back = html`<a href="${c.get('caller').prefix}/ui/events/${event.id}">Back</a>`
  const form = html`<form method="post" class="buttons">${formToken(c)}<button class="danger">${title}</button> ${back}</form>`
  const body = html`<div class="title"><h1>${title}: ${event.searchKey}</h1>${stateMark(stateOf(view))}</div><p>${explains}</p>${text}${possible ? form : html`<p>${back}</p>`}`
  return showPage(c, { title: `${title} ${event.searchKey}`, section: 'advisories', body }, status)
}

function stateOf({ event }: EventView): EventState {
  return eventStateName(event.state) ?? 'FAILED'
}

const eventSchema = z.union([z.object({ event_id: z.int() }), z.object({ id: z.int() })])

/** The event that the answer is about: a new one, or the same. */
function eventIn({ body }: ApiAnswer): number | undefined {
  const parsed = eventSchema.safeParse(body)
  if (!parsed.success) return undefined
  return 'event_id' in parsed.data ? parsed.data.event_id : parsed.data.id
}

function messageIn({ body, status }: ApiAnswer): string {
  const parsed = z.object({ message: z.string() }).safeParse(body)
  return parsed.success ? parsed.data.message : `The request failed with status ${status}.`
}
