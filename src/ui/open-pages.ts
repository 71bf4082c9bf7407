/** All pages below `/ui`, for people: where a fix is, and what to do about it (decision 0038). */
import { Hono, type MiddlewareHandler } from 'hono'
import type { Gate } from '../commands/gate/open-gate.ts'
import type { Context } from '../context.ts'
import { keysOf } from '../domain/keys-of.ts'
import { addAssets, contentPolicy } from './assets.ts'
import type { ApiDoor, PageEnv, PageRequest } from './door.ts'
import { showAnswer, showMessage } from './error-page.ts'
import { ForeignForm } from './forms.ts'
import { SECTIONS, type Section } from './page.ts'
import { addAdvisories } from './pages/advisories.ts'
import { addEvent } from './pages/event/event.ts'
import { NoSuchEvent } from './pages/event/view.ts'
import { addGatePage } from './pages/gate.ts'
import { addImage } from './pages/image.ts'
import { addInboxPage } from './pages/inbox.ts'
import { addQueuesPage } from './pages/queues/queues.ts'
import { addWhatIf } from './pages/what-if.ts'

/** Adds one page, or several that belong together. */
type AddPage = (pages: Hono<PageEnv>, ctx: Context, door: ApiDoor) => void

const PAGES: readonly AddPage[] = [addAdvisories, addEvent, addImage, addWhatIf, addInboxPage, addQueuesPage]

/**
 * Replaces the policy of the rest of the service by the stricter one of the pages. Without any referrer browsers send `Origin: null`
 * with a form, and over plain HTTP nothing else that shows which site the page is from.
 */
export const pagePolicy: MiddlewareHandler<PageEnv> = async (c, next) => {
  await next()
  setPagePolicy(c)
}

/** The same for a page at another address. */
export function setPagePolicy(c: PageRequest): void {
  c.res.headers.set('Content-Security-Policy', contentPolicy(c.get('caller').prefix))
  c.res.headers.set('Referrer-Policy', 'same-origin')
}

/** The pages, to be served below `/ui`. Each knows its caller; reading needs no role unless the page requires one. */
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
  pages.get('*', (c) =>
    showMessage(c, { status: 404, message: 'This page does not exist.', section: sectionOf(c) }),
  )
  return pages
}

/** The error of the API as a page, with its status and headers. */
async function showError(door: ApiDoor, error: Error, c: PageRequest): Promise<Response> {
  const section = sectionOf(c)
  if (error instanceof ForeignForm) return showMessage(c, { status: 403, message: error.message, section })
  if (error instanceof NoSuchEvent) return showMessage(c, { status: 404, message: error.message, section })
  return showAnswer(c, await door.answer(error, c), section)
}

/** The page in the navigation to which the address belongs. */
function sectionOf(c: PageRequest): Section {
  const names = keysOf(SECTIONS)
  return (
    names.find((name) => c.req.path.startsWith(SECTIONS[name].path) && name !== 'advisories') ?? 'advisories'
  )
}
