/** Giving a build the name of a task that was submitted for it before its database was restored. */
import { expect, it, onTestFinished } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { takeNvr } from '../../../../src/db/queries/submit/build-claim.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'

it('taking a name is safe to repeat, and refused when another build has the name', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const take = async () => {
    const build = await makeBuild(ctx, await makeEvent(ctx), { originalNvr: 'lost-1-2' })
    const claim = (await claimBuild(ctx, build, 60_000))?.claim ?? ''
    const nvr = 'lost-1-2.1795000000'
    const repeat = () => ctx.db.transaction((em) => takeNvr(em, { buildId: build, claim, nvr }))
    return { taken: [await repeat(), await repeat()], nvr: await buildColumn(ctx, build, 'rebuilt_nvr') }
  }
  expect(await take()).toEqual({ taken: [true, true], nvr: 'lost-1-2.1795000000' })
  expect((await take()).taken).toEqual([false, false])
})
