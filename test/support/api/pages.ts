/** The whole service over HTTP with a browser in front of it, for tests of the pages. */
import { startWeb, type Web } from '../../../src/api/server.ts'
import { createTestContext, type TestContext } from '../context.ts'
import { sharedBrowser, type TestBrowser, type Visit } from './browser.ts'

/** `open` visits a path of the service. */
export type TestPages = {
  ctx: TestContext
  web: Web
  browser: TestBrowser
  open(path: string, options?: Parameters<TestBrowser['visit']>[1]): Promise<Visit>
  stop(): Promise<void>
}

/** Serves a new context, or `ctx`, which `stop` leaves open. */
export async function startPages({
  ctx: existing,
  env = {},
  file = '',
}: {
  ctx?: TestContext
  env?: Record<string, string>
  file?: string
} = {}): Promise<TestPages> {
  const ctx = existing ?? (await createTestContext({ PORT: '0', ...env }, file))
  const web = await startWeb(ctx)
  const browser = await sharedBrowser()
  return {
    ctx,
    web,
    browser,
    open: (path, options) => browser.visit(`${web.url}${path}`, options),
    stop: async () => {
      await browser.stop()
      await web.stop()
      if (!existing) await ctx.drop()
    },
  }
}
