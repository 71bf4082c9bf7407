/** An error as a page, in the frame of all pages. */
import { STATUS_CODES } from 'node:http'
import { html } from 'hono/html'
import { z } from 'zod'
import type { PageRequest } from './door.ts'
import { type Section, showPage } from './page.ts'

const TITLES: Partial<Record<number, string>> = {
  401: 'Login required',
  403: 'Not allowed',
  404: 'Not found',
  502: 'An upstream service failed',
  503: 'Not ready',
  504: 'An upstream service did not answer in time',
}
/** Of an error that no route has raised. */
const PREFIX = /^\d{3} [\w ]+: /

const errorSchema = z.object({ message: z.string() })

/** An error of the API as a page, with its status. `section`: null where the address belongs to none. */
export async function showAnswer(c: PageRequest, answer: Response, section: Section | null) {
  const { status } = answer
  const body = errorSchema.safeParse(await answer.json().catch(() => undefined))
  const message = body.success ? body.data.message.replace(PREFIX, '') : 'The request failed.'
  return showMessage(c, { status, message, section })
}

/** The page; clients that accept only JSON get the same as the API would send. */
export function showMessage(
  c: PageRequest,
  { status, message, section }: { status: number; message: string; section: Section | null },
) {
  const title = TITLES[status]
  if (acceptsOnlyJson(c.req.header('accept')))
    return c.json({ error: STATUS_CODES[status] ?? 'Error', message, status }, status as 404) // as in `page.ts`
  const body = html`<h1>${title ?? 'That did not work'}</h1><p class="message">${message}</p>`
  return showPage(c, { title: title ?? `Error ${status}`, section, body }, status)
}

function acceptsOnlyJson(accept = ''): boolean {
  return accept.includes('json') && !/text\/|\*\/\*/.test(accept)
}
