/** The frame around all pages: head, navigation, the caller, and the footer. */
import { html, raw } from 'hono/html'
import { importMap, type ModuleName, STYLE_SHEET } from './assets.ts'
import type { PageRequest } from './door.ts'
import type { Html } from './words.ts'

/** The pages in the navigation. */
export const SECTIONS = {
  advisories: { path: '/ui', title: 'Advisories' },
  'what-if': { path: '/ui/what-if', title: 'What if' },
  gate: { path: '/ui/gate', title: 'Gate' },
  inbox: { path: '/ui/inbox', title: 'Inbox' },
  queues: { path: '/ui/queues', title: 'Queues' },
} as const
/** One of them. */
export type Section = keyof typeof SECTIONS

/** What a page consists of; `section`: null for one that is in none; `scripts` are files of `parts`, `styles` further style sheets. */
export type Page = {
  title: string
  section: Section | null
  body: Html
  scripts?: readonly string[]
  styles?: readonly string[]
  /** Packages that the scripts load. */
  modules?: readonly ModuleName[]
}

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Cpath d=%22M1 10q3.5-7 7 0t7 0%22 fill=%22none%22 stroke=%22%230a7a6c%22 stroke-width=%223%22/%3E%3C/svg%3E'

const FOOTER = [
  ['/docs/guide/', 'Book'],
  ['/docs/', 'API'],
  ['/api/2/events/', 'Events as JSON'],
  ['/health/ready', 'Health'],
  ['/metrics', 'Metrics'],
] as const

/** A page as HTML, with links below the prefix of the caller's proxy. */
export function showPage(c: PageRequest, page: Page, status = 200) {
  const { prefix, name } = c.get('caller')
  const asset = (file: string) => `${prefix}/ui/assets/${file}`
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Freshwave</title>
<link rel="icon" href="${raw(ICON)}">
${[...(page.styles ?? []), STYLE_SHEET].map((file) => html`<link rel="stylesheet" href="${asset(file)}">\n`)}
<script type="importmap">${raw(importMap(prefix))}</script>
${(page.modules ?? []).map((name) => html`<link rel="modulepreload" href="${asset(`${name}.mjs`)}">\n`)}${['page.js', ...(page.scripts ?? [])].map((file) => html`<script type="module" src="${asset(file)}"></script>\n`)}
</head>
<body data-prefix="${prefix}">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="${prefix}/ui">Freshwave</a>
<nav aria-label="Pages">${Object.entries(SECTIONS).map(
    ([key, { path, title }]) =>
      html`<a href="${prefix}${path}"${key === page.section ? raw(' aria-current="page"') : ''}>${title}</a>\n`,
  )}</nav>
<span class="who">${name ?? ''}</span>
</header>
<main id="main">
${page.body}
</main>
<footer>${FOOTER.map(([path, title]) => html`<a href="${prefix}${path}">${title}</a>\n`)}<label id="search-key" hidden><input type="checkbox" checked> Key <kbd>/</kbd> goes to the search</label><span id="live" role="status"></span></footer>
</body>
</html>
`
  c.header('Cache-Control', 'no-store')
  // Hono's type of a status has each number by itself; these come from the API's own answers.
  return c.html(document, status as 200)
}
