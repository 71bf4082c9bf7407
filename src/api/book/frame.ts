/** The frame around the pages of the book: head, contents of the book, next and previous page; works without scripts. */
import { escapeHtml, pageAddress, type Rendered } from './markdown.ts'

/** A part of the book; a folded one is shown by its title until it is opened. */
export type Part = { title: string; pages: readonly Rendered[]; isFolded: boolean }

/** Nothing inline, nothing from another host; in the page, so that it also holds for pages that are only files. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

/** The style sheet, in the same folder as the first page. */
export const STYLE = 'book.css'

/** A page as HTML. Links are relative, so that it works below any prefix, and as a file; `links` are addresses outside of the book. */
export function framePage(
  page: Rendered,
  parts: readonly Part[],
  links: readonly (readonly [address: string, title: string])[],
): string {
  const order = parts.flatMap(({ pages }) => pages)
  const index = order.indexOf(page)
  const root = '../'.repeat(page.path.split('/').length - 1)
  const turn = (other: Rendered | undefined, rel: string, word: string) =>
    other &&
    `<a rel="${rel}" href="${pageAddress(page.path, other.path)}">${word}: ${escapeHtml(other.title)}</a>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)} · Freshwave</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${root}${STYLE}">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><a class="brand" href="${root}index.html">The book of Freshwave</a>
<a class="to-contents" href="#contents">Contents</a>
${links.map(([address, title]) => `<a href="${root}${address}">${title}</a>`).join('\n')}</header>
<main id="main">
${page.body}
</main>
<footer>
${[turn(order[index - 1], 'prev', 'Previous'), turn(order[index + 1], 'next', 'Next')].filter(Boolean).join('\n')}
</footer>
<nav id="contents" aria-label="Contents">
${parts.map((part) => contentsOf(part, page)).join('\n')}
</nav>
</body>
</html>
`
}

function contentsOf({ title, pages, isFolded }: Part, current: Rendered): string {
  const items = pages.map((page) => `<li>${entryOf(page, current)}</li>`).join('\n')
  const list = `<ul>\n${items}\n</ul>`
  if (!isFolded) return `<h2>${title}</h2>\n${list}`
  return `<details${pages.includes(current) ? ' open' : ''}><summary>${title}</summary>\n${list}</details>`
}

/** The page that is shown also lists its sections. */
function entryOf(page: Rendered, current: Rendered): string {
  const title = escapeHtml(page.title)
  const address = pageAddress(current.path, page.path)
  if (page !== current) return `<a href="${address}">${title}</a>`
  const sections = page.headings.filter(({ depth }) => depth === 2)
  const list = sections.map(
    ({ id, text }) => `<li><a href="#${id}">${text.replace(/<\/?a\b[^>]*>/g, '')}</a></li>`,
  )
  const inner = list.length > 0 ? `\n<ul>${list.join('\n')}</ul>` : ''
  return `<a href="${address}" aria-current="page">${title}</a>${inner}`
}
