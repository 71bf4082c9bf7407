/** Checks what is cached of subjects while no news of them can arrive. */
import { expect, it, onTestFinished } from 'vitest'
import { openStreams } from '../../../../src/commands/streams/open-streams.ts'
import { startTcpProxy } from '../../../support/bus/tcp-proxy.ts'
import { createTestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

it('everything is forgotten again and again until news can arrive', async () => {
  const ctx = await createTestContext()
  const proxy = await startTcpProxy(new URL(ctx.databaseUrl))
  const through = new URL(ctx.databaseUrl)
  through.host = `127.0.0.1:${proxy.port}`
  const streams = openStreams({ ...ctx, databaseUrl: through.href })
  onTestFinished(async () => {
    await streams.stop()
    await proxy.stop()
    await ctx.drop()
  })
  let forgotten = 0
  const all = () => forgotten
  streams.onNews({
    forgetSubject: () => undefined,
    forgetAll: () => {
      forgotten += 1
    },
  })
  streams.start()
  await eventually(all, (count) => count === 1) // news before that were missed
  proxy.cut()
  await eventually(all, (count) => count >= 4)
  const before = all()
  proxy.restore()
  await eventually(all, (count) => count > before)
  expect(await streams.beginning(null)).toMatchObject({ hasGap: false })
})
