/** Turns one document of the book from Markdown into HTML: headings with addresses, links to other pages, drawings inline. */
import { posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import { Marked, type RendererObject } from 'marked'

/** A document; `path` is without `.md`, as in the table of contents. */
export type Document = { path: string; text: string }

/** What links and pictures lead to. */
export type Targets = {
  /** Paths of all documents of the book. */
  pages: ReadonlySet<string>
  /** Texts of SVG drawings by their path in `docs/`: drawn in the page, they take its colors. */
  drawings: ReadonlyMap<string, string>
}

/** A heading of a page; `text` is HTML. */
export type Heading = { id: string; text: string; depth: number }

/** A document as HTML; `title` is its first heading, without markup. */
export type Rendered = { path: string; title: string; body: string; headings: readonly Heading[] }

/** Headings get the ids that GitHub gives them. Raw HTML is shown as text, comments are left out. */
export function renderDocument({ path, text }: Document, targets: Targets): Rendered {
  const headings: Heading[] = []
  const marked = new Marked({ gfm: true, renderer: rendererOf(path, targets, headings) })
  const body = marked.parse(text, { async: false })
  return { path, title: plain(headings[0]?.text ?? path), body, headings }
}

/** The address of a page of the book, relative to another one. */
export function pageAddress(from: string, to: string): string {
  return `${posix.relative(posix.dirname(from), to)}.html`
}

/** Escapes text for an element or an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

function rendererOf(path: string, { pages, drawings }: Targets, headings: Heading[]): RendererObject {
  const slugger = new GithubSlugger()
  return {
    heading({ tokens, depth }) {
      const text = this.parser.parseInline(tokens)
      const id = slugger.slug(plain(text))
      headings.push({ id, text, depth })
      return `<h${depth} id="${id}">${text} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`
    },
    link({ href, tokens }) {
      return anchor(addressOf(path, href, pages), this.parser.parseInline(tokens))
    },
    image({ href, text }) {
      const drawing = drawings.get(inFolder(path, href))
      if (drawing) return `<span class="wide" tabindex="0">${drawing}</span>`
      return `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">`
    },
    /** A code span that is the name of a document of the book leads there. */
    codespan({ text }) {
      const code = `<code>${escapeHtml(text)}</code>`
      const page = /^docs\/(.+)\.md$/.exec(text)?.[1]
      return page && pages.has(page) ? anchor(pageAddress(path, page), code) : code
    },
    table(token) {
      const cell = (name: string, tokens: (typeof token.header)[number]['tokens']) =>
        `<${name}>${withBreaks(this.parser.parseInline(tokens))}</${name}>`
      const row = (name: string, cells: typeof token.header) =>
        `<tr>${cells.map(({ tokens }) => cell(name, tokens)).join('')}</tr>\n`
      const rows = token.rows.map((cells) => row('td', cells)).join('')
      return `<div class="table" tabindex="0"><table>\n<thead>${row('th', token.header)}</thead>\n<tbody>${rows}</tbody>\n</table></div>\n`
    },
    code({ text }) {
      return `<pre tabindex="0"><code>${escapeHtml(text)}\n</code></pre>\n`
    },
    html({ text }) {
      return text.trimStart().startsWith('<!--') ? '' : escapeHtml(text)
    },
  }
}

/** Long names in code may break after `_`, `.` and `/`: a table whose columns are too wide is cut off, on paper too. */
function withBreaks(cell: string): string {
  return cell.replace(/(?<=<code>)[^<]*/g, (code) => code.replace(/[_./](?=\w)/g, '$&<wbr>'))
}

/** An address that leads to no page of the book stays as it is; a test refuses it. */
function addressOf(from: string, href: string, pages: ReadonlySet<string>): string {
  const [file = '', fragment] = href.split('#')
  const page = inFolder(from, file).replace(/\.md$/, '')
  if (/^[a-z]+:/.test(href) || !file.endsWith('.md') || !pages.has(page)) return href
  return pageAddress(from, page) + (fragment === undefined ? '' : `#${fragment}`)
}

function inFolder(from: string, file: string): string {
  return posix.join(posix.dirname(from), file)
}

function anchor(href: string, inner: string): string {
  return `<a href="${escapeHtml(href)}">${inner}</a>`
}

/** Our own HTML without its markup. */
function plain(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))
    .replace(/&(amp|lt|gt|quot);/g, (all) => NAMED[all] ?? all)
}
const NAMED: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' }
