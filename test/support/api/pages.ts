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

/** Serves a context of its own, or `ctx`, which then stays open. */
export async function startPages({
  ctx: given,
  env = {},
  file = '',
}: {
  ctx?: TestContext
  env?: Record<string, string>
  file?: string
} = {}): Promise<TestPages> {
  const ctx = given ?? (await createTestContext({ PORT: '0', ...env }, file))
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
      if (!given) await ctx.drop()
    },
  }
}
