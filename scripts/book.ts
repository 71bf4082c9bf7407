/** Writes the book as static pages: `npm run book` into `.freshwave/book`, `npm run book -- FOLDER` elsewhere. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { makeBook } from '../src/api/book/book.ts'

if (process.argv[2]?.startsWith('-')) {
  console.error('Usage: npm run book [-- FOLDER]')
  process.exit(2)
}
const folder = resolve(process.argv[2] ?? '.freshwave/book')
const book = await makeBook(dirname(import.meta.dirname))
for (const [path, text] of book) {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
console.log(`${book.size} files: ${join(folder, 'index.html')}`)
