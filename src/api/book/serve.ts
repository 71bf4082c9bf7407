/** Serves the book at `/docs/guide/`; it is made on the first request, so that no step precedes it (decisions 0053, 0062). */
import { fileURLToPath } from 'node:url'
import { etag } from 'hono/etag'
import type { Api, SharedContext } from '../api.ts'
import { unknownUrl } from '../errors.ts'
import type { Book } from './book.ts'

/** Where the book is. */
export const BOOK_ROOT = '/docs/guide/'

const PROGRAM = fileURLToPath(new URL('../../..', import.meta.url))
const PAGES_LINK = ['../../ui', 'Pages'] as const
const API_LINK = ['../', 'API'] as const

async function load(hasPages: boolean): Promise<Book> {
  const { makeBook } = await import('./book.ts')
  return makeBook(PROGRAM, hasPages ? [PAGES_LINK, API_LINK] : [API_LINK])
}

/** Adds the book. One that cannot be read is attempted again with the next request. The gate alone has no pages to link to. */
export function addBook(app: Api, { db }: SharedContext): void {
  let made: Promise<Book> | undefined
  const book = () => {
    made ??= load(db !== undefined).catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
  app.get('/docs/guide', (c) => c.redirect(`${c.get('caller').prefix}${BOOK_ROOT}`, 308))
  app.use(`${BOOK_ROOT}*`, etag())
  app.get(`${BOOK_ROOT}*`, async (c) => {
    const path = c.req.path.slice(BOOK_ROOT.length) || 'index.html'
    const text = (await book()).get(path)
    if (text === undefined) throw unknownUrl()
    const type = path.endsWith('.css') ? 'text/css' : 'text/html'
    return c.body(text, 200, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache' })
  })
}
