/** Forms that change something: only those that our own pages have made are accepted. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import type { PageRequest } from './door.ts'
import type { Html } from './words.ts'

const COOKIE = 'freshwave-form'
const FIELD = 'form_token'
const KEY_FIELD = 'form_key'
const TOKEN_BYTES = 24
const IS_KEY = /^[\w-]{1,64}$/
/** The form of a text that `randomText` makes. */
const IS_TOKEN = /^[\w-]{32}$/

/**
 * Hidden fields for a form: one equal to a cookie that pages of other sites can neither read nor set, which holds in every process,
 * without a secret or a stored session; and one that distinguishes a form that is sent twice from two forms. `Lax`: the cookie also comes
 * with a visit by a link from another site, which would otherwise replace it and so invalidate the forms in other tabs.
 */
export function formToken(c: PageRequest): Html {
  const kept = getCookie(c, COOKIE) ?? ''
  const token = IS_TOKEN.test(kept) ? kept : randomText() // an empty one would be refused each time
  const { prefix, root } = c.get('caller')
  const secure = root.startsWith('https:')
  setCookie(c, COOKIE, token, { httpOnly: true, sameSite: 'Lax', secure, path: `${prefix}/ui` })
  return html`<input type="hidden" name="${FIELD}" value="${token}"><input type="hidden" name="${KEY_FIELD}" value="${randomText()}">`
}

function randomText(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** A form from another place than our pages. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm'
}

/** The key of a form that was sent. @throws ForeignForm unless one of our pages has sent it */
export async function readForm(c: PageRequest): Promise<{ key?: string }> {
  if (!isOwnPage(c)) throw new ForeignForm('The form was sent by a page of another site.')
  const sent = await c.req.parseBody().catch(refuseMalformed)
  const { [FIELD]: token, [KEY_FIELD]: key } = sent
  if (typeof token !== 'string' || !isEqual(token, getCookie(c, COOKIE) ?? ''))
    throw new ForeignForm('The form is out of date: reload the page and try again.')
  return typeof key === 'string' && IS_KEY.test(key) ? { key } : {}
}

/** No browser sends such a form. */
function refuseMalformed(error: unknown): never {
  if (error instanceof TypeError)
    throw new ForeignForm('The form cannot be read: reload the page and try again.')
  throw error
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
