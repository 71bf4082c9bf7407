/** Forms that change something: only those that our own pages have made are accepted. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import type { PageRequest } from './door.ts'
import type { Html } from './words.ts'

const COOKIE = 'freshwave-form'
const FIELD = 'form_token'
const TOKEN_BYTES = 24

/**
 * A hidden field for a form, equal to a cookie that pages of other sites can neither read nor set. It holds in every process,
 * without a secret or a stored session.
 */
export function formToken(c: PageRequest): Html {
  const token = getCookie(c, COOKIE) ?? randomBytes(TOKEN_BYTES).toString('base64url')
  const { prefix, root } = c.get('caller')
  const secure = root.startsWith('https:')
  setCookie(c, COOKIE, token, { httpOnly: true, sameSite: 'Strict', secure, path: `${prefix}/ui` })
  return html`<input type="hidden" name="${FIELD}" value="${token}">`
}

/** A form from another place than our pages. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm'
}

/** The fields of a form that was sent. @throws ForeignForm unless one of our pages has sent it */
export async function readForm(c: PageRequest): Promise<Record<string, string>> {
  if (!isOwnPage(c)) throw new ForeignForm('The form was sent by a page of another site.')
  const sent = await c.req.parseBody()
  const fields = Object.fromEntries(
    Object.entries(sent).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )
  const { [FIELD]: token = '', ...rest } = fields
  if (!isEqual(token, getCookie(c, COOKIE) ?? ''))
    throw new ForeignForm('The form is out of date: reload the page and try again.')
  return rest
}

/** Browsers name the sender in one of these headers at least; a client that sends neither has no foreign page in it. */
function isOwnPage(c: PageRequest): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin')
  if (origin === undefined) return true
  const hosts = [c.req.header('host'), new URL(c.get('caller').root).host]
  return URL.canParse(origin) && hosts.includes(new URL(origin).host)
}

function isEqual(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b)
}
