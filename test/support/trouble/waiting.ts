/** Jobs that wait for services, in a context whose time a test advances. */
import { afterAll, beforeEach } from 'vitest'
import { KojiFault } from '../../../src/clients/koji/hub/fault.ts'
import { serviceTroubles } from '../../../src/db/queries/service-troubles.ts'
import { UpstreamError } from '../../../src/lib/errors.ts'
import { createTestContext, type TestContext } from '../context.ts'

/** What the build system answers during its maintenance. */
export const OFFLINE = new KojiFault(1014, 'hub is offline for maintenance')

/** The time at the beginning of each test. */
export const START = new Date('2026-11-27T12:00:00Z')

/** An answer of ODCS with an error status. */
export const refusedByOdcs = (status: number) =>
  new UpstreamError({ service: 'odcs', failure: 'status', detail: `HTTP ${status}`, status })

/** Creates a context for all tests of a file; each test begins without waits and troubles. */
export function useWaits() {
  let ctx: TestContext
  let now = START
  beforeEach(async () => {
    ctx ??= { ...(await createTestContext()), now: () => now }
    now = START
    await ctx.db.fork().execute('delete from service_troubles')
    await ctx.db.fork().execute('delete from waits')
  })
  afterAll(() => ctx.drop())
  return {
    get ctx() {
      return ctx
    },
    get now() {
      return now
    },
    /** Advances the time. */
    later: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000)
    },
    /** The services in trouble, each with who is to blame. */
    troubles: async () =>
      (await serviceTroubles(ctx.db.fork())).map(({ service, blame }) => [service, blame]),
  }
}
