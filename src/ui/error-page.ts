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
/** The status at the beginning of an error text that no route has raised. */
const PREFIX = /^\d{3} [\w ]+: /

const errorSchema = z.object({ message: z.string() })

/** An error of the API as a page, with its status. `section`: null where the address belongs to none. */
export async function showAnswer(c: PageRequest, answer: Response, section: Section | null) {
  return showMessage(c, { status: answer.status, message: await messageIn(answer), section })
}

/** The same without the frame, in the style of the book: for a process without pages (`--only gate`). */
export async function showAnswerAlone(c: PageRequest, answer: Response) {
  const { prefix } = c.get('caller')
  const title = titleOf(answer.status)
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Freshwave</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${prefix}/docs/guide/book.css">
</head>
<body>
<header><a class="brand" href="${prefix}/docs/guide/">The book of Freshwave</a>
<a href="${prefix}/docs/">API</a></header>
<main><h1>${title}</h1><p>${await messageIn(answer)}</p></main>
</body>
</html>
`
  return c.html(document, answer.status as 404) // as in `page.ts`
}

async function messageIn(answer: Response): Promise<string> {
  const body = errorSchema.safeParse(await answer.json().catch(() => undefined))
  return body.success ? body.data.message.replace(PREFIX, '') : 'The request failed.'
}

function titleOf(status: number): string {
  return TITLES[status] ?? `Error ${status}`
}

/** The page; clients that accept only JSON get the same as the API would send. */
export function showMessage(
  c: PageRequest,
  { status, message, section }: { status: number; message: string; section: Section | null },
) {
  if (acceptsOnlyJson(c.req.header('accept')))
    return c.json({ error: STATUS_CODES[status] ?? 'Error', message, status }, status as 404) // as in `page.ts`
  const body = html`<h1>${TITLES[status] ?? 'That did not work'}</h1><p class="message">${message}</p>`
  return showPage(c, { title: titleOf(status), section, body }, status)
}

function acceptsOnlyJson(accept = ''): boolean {
  return accept.includes('json') && !/text\/|\*\/\*/.test(accept)
}
