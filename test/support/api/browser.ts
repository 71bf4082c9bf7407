/** A real browser for tests of the pages: it records script errors and every request to another host. */
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Where Debian's package installs it. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** A name of this machine that browsers do not trust as they trust `localhost`. */
export const PLAIN_HOST = 'freshwave.example'
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
]

/** A page with what went wrong in it so far. */
export type Visit = { page: Page; problems: string[]; close(): Promise<void> }

/** A browser for the tests of a file. */
export type TestBrowser = {
  visit(url: string, options?: BrowserContextOptions): Promise<Visit>
  /** The processes of its tabs. */
  rendererPids(): Promise<number[]>
  stop(): Promise<void>
}

/** Starts a separate browser. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await launch()
  return { ...inBrowser(browser), stop: () => browser.close() }
}

let shared: Promise<Browser> | undefined

/** The browser that all test files of a process share, since a start takes seconds; it ends with the process. */
export async function sharedBrowser(): Promise<TestBrowser> {
  shared ??= launch()
  const browser = await shared
  const closeAll = () => Promise.all(browser.contexts().map((context) => context.close()))
  return { ...inBrowser(browser), stop: async () => void (await closeAll()) }
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })
}

function inBrowser(browser: Browser): Omit<TestBrowser, 'stop'> {
  return {
    visit: (url, options) => visit(browser, url, options),
    rendererPids: async () => {
      const session = await browser.newBrowserCDPSession()
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      await session.detach()
      return processInfo.flatMap(({ id, type }) => (type === 'renderer' ? [id] : []))
    },
  }
}

async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  const { host } = new URL(url)
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const target = new URL(request.url())
    if (/^http/.test(target.protocol) && target.host !== host) problems.push(`request to ${target.host}`)
  })
  await page.goto(url)
  return { page, problems, close: () => context.close() }
}

/** Cells that are clear without a title: marks of a state, progress, sentences, links. */
const PLAIN_CELLS =
  '[colspan], .progress, .wrong, .verdict, .links, .yes, .no, :has(> .state, > .severity), :empty'

/** On narrow screens tables have no head: all other cells of a list carry the title of their column. */
const UNLABELLED = `[...document.querySelectorAll('table.list tbody td:not(${PLAIN_CELLS})')].flatMap((cell) => {
  const title = cell.closest('table').querySelector('thead tr').cells[cell.cellIndex].textContent
  return cell.dataset.label === title ? [] : ['cell without the title of its column: ' + title]
})`

/** Accessibility problems that axe-core finds (rule and element), and cells that are unclear on a narrow screen. */
export async function accessFaults(page: Page): Promise<string[]> {
  // Injected by the debugger, so the page's content security policy does not apply.
  await page.evaluate(`${axe.source}; undefined`)
  const faults = await page.evaluate<{ id: string; nodes: { target: unknown }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  )
  const found = faults.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`))
  return [...found, ...(await page.evaluate<string[]>(UNLABELLED))]
}
