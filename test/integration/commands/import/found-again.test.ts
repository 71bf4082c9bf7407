/** Checks that what Freshmaker has rebuilt is known to the handlers after the import. */
import { expect, it, onTestFinished } from 'vitest'
import type { Database } from '../../../../src/db/orm.ts'
import { createFreshmaker } from '../../../support/database/freshmaker-database.ts'
import {
  type FreshmakerRow,
  freshmakerBuild,
  freshmakerEvent,
} from '../../../support/database/freshmaker-history.ts'
import { importFrom } from '../../../support/database/imports.ts'
import { ADVISORY } from '../../../support/rebuild/affected-images.ts'
import { bundlesForTest, HTTPD, REBUILT, STOREFRONT } from '../../../support/rebuild/bundles.ts'
import { startDiscovery } from '../../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

/** Imports an event about the advisory with one build. */
async function importBuild(ctx: { db: Database; databaseUrl: string }, build: FreshmakerRow): Promise<void> {
  const from = await createFreshmaker('sqlite')
  onTestFinished(from.drop)
  await from.insert({
    events: [freshmakerEvent(4000, { search_key: String(ADVISORY) })],
    artifact_builds: [freshmakerBuild(90_000, 4000, build)],
  })
  await importFrom(from, { db: ctx.db, url: ctx.databaseUrl })
}

it('an image that Freshmaker rebuilt for the advisory is skipped, unless the request says otherwise', async () => {
  const images = [{ nvr: 'base-8-1' }, { nvr: 'done-1-1', from: 'base-8-1' }]
  const discovery = await startDiscovery(smallCatalogue(images))
  onTestFinished(discovery.stop)
  const nvrs = async (requesterMetadata: string) =>
    (await discovery.run({ requesterMetadata })).plan.builds.map(({ originalNvr }) => originalNvr).sort()
  expect(await nvrs('{}')).toEqual(['base-8-1', 'done-1-1'])
  await importBuild(discovery.ctx, { original_nvr: 'done-1-1' })
  expect(await nvrs('{}')).toEqual(['base-8-1'])
  expect(await nvrs('{"skip_rebuilt": false}')).toEqual(['base-8-1', 'done-1-1'])
})

it('bundles that refer to an image which Freshmaker rebuilt are rebuilt when the rebuild ships', async () => {
  const bundles = await bundlesForTest()
  bundles.publish(HTTPD, REBUILT)
  bundles.attach([REBUILT])
  const before = await bundles.run()
  expect(before.builds).toEqual([])
  await importBuild(bundles.ctx, { original_nvr: HTTPD, rebuilt_nvr: REBUILT })
  const event = await bundles.run({ messageId: 'message-2' })
  expect(event.builds.map(({ originalNvr }) => originalNvr)).toEqual([STOREFRONT])
})
