/** The search for shipped advisories without an event, over several pages of the Errata Tool. */
import { expect, it, onTestFinished } from 'vitest'
import { startLab } from '../../../lab/start.ts'
import { missedAdvisories } from '../../../src/commands/missed-advisories.ts'
import { createTestContext } from '../../support/context.ts'
import { ADVISORY } from '../../support/rebuild/affected-images.ts'

/** More than the lab has on a page. */
const SHIPPED = 45

it('begins no further page when its time is over, and says that it is not complete', async () => {
  const lab = await startLab()
  onTestFinished(lab.stop)
  const ctx = await createTestContext({ ...lab.urls })
  onTestFinished(ctx.drop)
  const { advisories } = lab.world
  const advisory = advisories.get(ADVISORY)
  if (!advisory) throw new Error(`no advisory ${ADVISORY}`)
  advisories.clear()
  for (let id = 1; id <= SHIPPED; id += 1)
    advisories.set(id, { ...advisory, id, status: 'SHIPPED_LIVE', shippedAt: ctx.now().toISOString() })
  const since = new Date(0)
  const all = await missedAdvisories(ctx, since)
  expect([all.items.length, all.searched, all.complete]).toEqual([SHIPPED, SHIPPED, true])
  const cut = await missedAdvisories(ctx, since, { maxMs: 0 })
  expect([cut.searched, cut.complete]).toEqual([20, false])
  expect(cut.items).toEqual(all.items.slice(0, 20))
})
