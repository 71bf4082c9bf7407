/** `npm run screenshots`: pictures of every page for the documents, taken with the lab while images are rebuilt. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { startBus } from '../lab/bus/start.ts'
import { lockFolder } from '../lab/demo/lock-folder.ts'
import { launchService } from '../lab/demo/service.ts'
import { shipAdvisory } from '../lab/services/errata/ship.ts'
import { connectionSettings, declareQueues } from '../lab/settings.ts'
import { startLab } from '../lab/start.ts'
import { messageOf } from '../src/lib/errors.ts'
import { refuseArguments } from '../src/lib/refuse-arguments.ts'

const OUT = join('docs', 'images')
const FOLDER = join('.freshwave', 'screenshots')
const ADVISORY = 133001
/** The number of rebuilt images when the picture of the event is taken. */
const DONE_BEFORE = 12

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1200, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1200, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 780 }, colorScheme: 'light' },
}

const GATE =
  'subject_type=redhat-container-image&subject_identifier=httpd-24-container-1-283' +
  '&product_version=rhel-8&decision_context=container-image-release'
/** Pages by the name of their picture; `until`: the element to wait for. */
const PAGES: Record<string, { path: string; until: string }> = {
  event: { path: '/ui/events/1', until: '.graph' },
  advisories: { path: '/ui', until: 'tbody a' },
  image: { path: '/ui/images/ubi8-container', until: 'tbody a' },
  'what-if': { path: `/ui/what-if?advisory=${ADVISORY}`, until: '.headline' },
  gate: { path: `/ui/gate?${GATE}`, until: 'h2' },
  inbox: { path: '/ui/inbox', until: 'tbody a' },
  queues: { path: '/ui/queues', until: '.verdict' },
}

refuseArguments('npm run screenshots')
const started: { stop(): Promise<unknown> }[] = []
try {
  await run()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
} finally {
  for (const part of started.toReversed()) await part.stop()
}
process.exit()

async function run(): Promise<void> {
  await lockFolder(FOLDER)
  mkdirSync(OUT, { recursive: true })
  const bus = keep(await startBus())
  declareQueues(bus)
  const failures = {
    'openjdk-21-container': { times: 99, code: 2001, text: 'Image build failed. A package is gone.' },
  }
  const durationMs = (name: string) => 4000 + 300 * (name.length % 20)
  const lab = keep(
    await startLab({ publish: bus.publish, builder: { parallelism: 6, durationMs, failures } }),
  )
  const settings = { ...connectionSettings(lab.urls, bus.url), POLICIES_DIR: 'lab/policies' }
  const service = keep(await launchService(FOLDER, settings))
  await service.untilReady()
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  keep({ stop: () => browser.close() })
  shipAdvisory(lab.world, ADVISORY)
  const page = await open(browser, `${service.url}/ui`, {})
  await page.getByRole('link', { name: String(ADVISORY) }).click()
  await page
    .locator('.graph .node.DONE')
    .nth(DONE_BEFORE - 1)
    .waitFor()
  for (const [name, { path, until }] of Object.entries(PAGES))
    for (const [look, options] of Object.entries(LOOKS)) {
      const shown = await open(browser, `${service.url}${path}`, options)
      await shown.locator(until).first().waitFor()
      await shown.screenshot({ path: join(OUT, `${name}-${look}.png`) })
      await shown.context().close()
    }
  // Optional: it reduces the pictures to a third of their size.
  spawnSync('pngquant', ['--force', '--ext', '.png', '--skip-if-larger', ...pictures()], { stdio: 'inherit' })
}

function pictures(): string[] {
  return Object.keys(PAGES).flatMap((name) =>
    Object.keys(LOOKS).map((look) => join(OUT, `${name}-${look}.png`)),
  )
}

async function open(browser: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(url)
  return page
}

function keep<T extends { stop(): Promise<unknown> }>(part: T): T {
  started.push(part)
  return part
}
