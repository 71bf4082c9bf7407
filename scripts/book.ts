/** Writes the book as static pages: `npm run book` into `.freshwave/book`, `npm run book -- FOLDER` elsewhere. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { makeBook } from '../src/api/book/book.ts'
import { endWithUsage, isHelp, refuse } from '../src/lib/refuse-arguments.ts'

const USAGE = 'Usage: npm run book [-- FOLDER]'

const args = process.argv.slice(2)
if (isHelp(args)) endWithUsage(USAGE)
const [target = '.freshwave/book', ...rest] = args
if (target === '' || target.startsWith('-') || rest.length > 0) refuse(USAGE)
const folder = resolve(target)
const book = await makeBook(dirname(import.meta.dirname))
for (const [path, text] of book) {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
console.log(`${book.size} files: ${join(folder, 'index.html')}`)
