/** Makes the book from the documents in `docs/`: its pages and style sheet, by the path under which each is served. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BOOK_FOLDER, PARTS, RUNBOOKS } from './chapters.ts'
import { framePage, type Part, STYLE } from './frame.ts'
import { type Document, type Rendered, renderDocument, type Targets } from './markdown.ts'

const DRAWINGS = ['images/flow.svg'] as const

/** Together they are the book's style sheet; later rules win. */
const SHEETS = [new URL('../../present/base.css', import.meta.url), new URL(STYLE, import.meta.url)]

/** The files of the book: `index.html`, `runbooks/FreshwaveNoWorker.html`, `book.css`. */
export type Book = ReadonlyMap<string, string>

/**
 * Reads and renders everything; takes about a tenth of a second the first time.
 * @param root the folder of the program, which has `docs/`
 * @param links addresses outside of the book, relative to its first page, and their titles
 * @throws when a document of the table of contents cannot be read
 */
export async function makeBook(
  root: string,
  links: readonly (readonly [address: string, title: string])[] = [],
): Promise<Book> {
  const folder = join(root, BOOK_FOLDER)
  const runbooks = (await readdir(join(folder, RUNBOOKS)))
    .sort()
    .map((name) => `${RUNBOOKS}/${name.replace(/\.md$/, '')}`)
  const contents = [
    ...PARTS.map(({ title, chapters }) => ({ title, paths: chapters as readonly string[], isFolded: false })),
    { title: 'Alerts', paths: runbooks, isFolded: true },
  ]
  const read = (file: string) => readFile(join(folder, file), 'utf8')
  const targets: Targets = {
    pages: new Set(contents.flatMap(({ paths }) => paths)),
    drawings: new Map(await Promise.all(DRAWINGS.map(async (file) => [file, await read(file)] as const))),
  }
  const render = async (path: string): Promise<Rendered> => {
    const document: Document = { path, text: await read(`${path}.md`) }
    return renderDocument(document, targets)
  }
  const parts: Part[] = await Promise.all(
    contents.map(async ({ title, paths, isFolded }) => ({
      title,
      isFolded,
      pages: await Promise.all(paths.map(render)),
    })),
  )
  const pages = parts.flatMap((part) => part.pages)
  return new Map([
    ...pages.map((page) => [`${page.path}.html`, framePage(page, parts, links)] as const),
    [STYLE, (await Promise.all(SHEETS.map((file) => readFile(file, 'utf8')))).join('')] as const,
  ])
}
