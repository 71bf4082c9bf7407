/** All pages below `/ui`, for people: where a fix is, and what to do about it (decision 0038). */
import { Hono, type MiddlewareHandler } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Gate } from '../commands/gate/open-gate.ts'
import type { Context } from '../context.ts'
import { addAssets, contentPolicy } from './assets.ts'
import type { ApiDoor, PageEnv, PageRequest } from './door.ts'
import { ForeignForm } from './forms.ts'
import { showPage } from './page.ts'
import { addAdvisories } from './pages/advisories.ts'
import { addEvent } from './pages/event/event.ts'
import { NoSuchEvent } from './pages/event/view.ts'
import { addGatePage } from './pages/gate.ts'
import { addImage } from './pages/image.ts'
import { addInboxPage } from './pages/inbox.ts'
import { addQueuesPage } from './pages/queues/queues.ts'
import { addWhatIf } from './pages/what-if.ts'

/** Adds one page, or those that belong together. */
type AddPage = (pages: Hono<PageEnv>, ctx: Context, door: ApiDoor) => void

const PAGES: readonly AddPage[] = [addAdvisories, addEvent, addImage, addWhatIf, addInboxPage, addQueuesPage]

/** Replaces the policy of the rest of the service by the stricter one of the pages. */
export const pagePolicy: MiddlewareHandler<PageEnv> = async (c, next) => {
  await next()
  c.res.headers.set('Content-Security-Policy', contentPolicy(c.get('caller').prefix))
}

/** The pages, to be served below `/ui`. Each knows its caller; reading needs no role unless the page says so. */
export function openPages(ctx: Context, gate: Gate, door: ApiDoor): Hono<PageEnv> {
  const pages = new Hono<PageEnv>()
  pages.onError((error, c) => showError(door, error, c))
  addAssets(pages)
  pages.use(async (c, next) => {
    await door.identify(c)
    await next()
  })
  for (const add of PAGES) add(pages, ctx, door)
  addGatePage(pages, gate)
  pages.get('*', (c) => showMessage(c, 404, 'This page does not exist.'))
  return pages
}

const errorSchema = z.object({ message: z.string() })

/** The error of the API as a page, with its status and headers. */
async function showError(door: ApiDoor, error: Error, c: PageRequest): Promise<Response> {
  if (error instanceof ForeignForm) return showMessage(c, 403, error.message)
  if (error instanceof NoSuchEvent) return showMessage(c, 404, error.message)
  const answer = await door.answer(error, c)
  const body = errorSchema.safeParse(await answer.json())
  return showMessage(c, answer.status, body.success ? body.data.message : 'The request failed.')
}

function showMessage(c: PageRequest, status: number, message: string) {
  const body = html`<h1>${TITLES[status] ?? 'That did not work'}</h1><p class="message">${message}</p>`
  return showPage(c, { title: `Error ${status}`, section: 'advisories', body }, status)
}

const TITLES: Partial<Record<number, string>> = {
  401: 'Login required',
  403: 'Not allowed',
  404: 'Not found',
  502: 'An upstream service failed',
  503: 'Not ready',
  504: 'An upstream service did not answer',
}
