/** An advisory of modules in testing opens an event once it is ready for flatpaks, and none before (5.3, 5.4). */
import { expect, it, onTestFinished } from 'vitest'
import type { LabAdvisory } from '../../../../lab/catalogue/entry.ts'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { startLab } from '../../../../lab/start.ts'
import { openRequestedEvent } from '../../../../src/commands/intake/open-requested-event.ts'
import { Event, InboxMessage } from '../../../../src/db/entities/index.ts'
import { missingServices } from '../../../../src/handlers/index.ts'
import { intake } from '../../../../workers/intake.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { TEST_ORIGIN } from '../../../support/api/origin.ts'
import { createTestContext } from '../../../support/context.ts'
import { FLATPAK_ADVISORY } from '../../../support/rebuild/flatpaks.ts'

async function serviceWith(env: Record<string, string>, advisory: Partial<LabAdvisory> = {}) {
  const lab = await startLab()
  onTestFinished(lab.stop)
  const ctx = await createTestContext({ ...lab.urls, ...env }, 'request_attempts: 1')
  onTestFinished(ctx.drop)
  const { advisories, requests } = lab.world
  const known = advisories.get(FLATPAK_ADVISORY)
  if (!known) throw new Error(`No advisory ${FLATPAK_ADVISORY}`)
  const builds = known.builds.map((build) => ({ ...build, signed: true }))
  advisories.set(FLATPAK_ADVISORY, { ...known, builds, ...advisory })
  const receive = async (by: 'status' | 'signing', messageId = `m-${by}`, errataId = FLATPAK_ADVISORY) => {
    const meaning = { kind: 'module-in-testing', errataId, by }
    const message = { messageId, topic: 'x', body: Buffer.from('{}'), properties: {}, meaning }
    const inboxId = Number(await ctx.db.fork().insert(InboxMessage, message as unknown as InboxMessage)) // bigints come as text
    await attempt(ctx, { queue: 'intake', worker: intake, payload: { inboxId }, isLast: false })
    return ctx.db.orm.em.fork().findOneOrFail(InboxMessage, { id: inboxId })
  }
  const events = () => ctx.db.fork().find(Event, {})
  return { ctx, receive, events, requests }
}

it.each([
  ['status', 'm-status.RHSA-2026:9171-01'],
  ['signing', 'm-signing'],
] as const)('opens an event by a message about its %s', async (by, messageId) => {
  const { receive, events } = await serviceWith({})
  expect(await receive(by)).toMatchObject({ state: 'done' })
  expect(await events()).toMatchObject([
    { eventTypeId: 17, messageId, searchKey: String(FLATPAK_ADVISORY), state: 0 },
  ])
})

it('opens one event at a time, whatever messages report it', async () => {
  const { receive, events } = await serviceWith({})
  await receive('signing')
  const reason = expect.stringMatching(/^Advisory 133005 is already being handled by event \d+\.$/)
  expect(await receive('status')).toMatchObject({ state: 'ignored', reason })
  expect(await events()).toHaveLength(1)
})

it('opens an event by a late message about its status, but not by one about signing', async () => {
  const { receive, events } = await serviceWith({}, { status: 'REL_PREP' })
  const reason = 'Advisory 133005 is not ready for flatpaks: it is REL_PREP, with content types module.'
  expect(await receive('signing')).toMatchObject({ state: 'ignored', reason })
  expect(await receive('status')).toMatchObject({ state: 'done' })
  expect(await events()).toHaveLength(1)
})

it('opens no event before its builds are signed', async () => {
  const unsigned = exampleCatalogue.advisories.find(({ id }) => id === FLATPAK_ADVISORY)
  const { receive, events } = await serviceWith({}, { builds: unsigned?.builds ?? [] })
  expect(await receive('status')).toMatchObject({
    state: 'ignored',
    reason: 'Advisory 133005 is not ready for flatpaks: its builds are not all signed.',
  })
  expect(await events()).toEqual([])
})

it('fails for an advisory that the Errata Tool does not know', async () => {
  const { receive } = await serviceWith({})
  expect(await receive('status', 'm', 9)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('The Errata Tool does not know advisory 9.'),
  })
})

it('waits while the Errata Tool is in trouble', async () => {
  const { receive } = await serviceWith({ ERRATA_URL: 'http://127.0.0.1:1' })
  await expect(receive('status')).rejects.toThrow(/errata/)
})

it.each(['FLATPAK_URL', 'ODCS_URL'])(
  'is ignored, without a request, while the handler lacks %s',
  async (variable) => {
    const { ctx, receive, events, requests } = await serviceWith({ [variable]: '' })
    const reason = `RebuildFlatpakApplicationOnModuleReady is off: ${variable} not set`
    expect(missingServices(ctx.settings.env)).toEqual([reason])
    expect(await receive('status')).toMatchObject({ state: 'ignored', reason: `${reason}.` })
    expect(await events()).toEqual([])
    expect([...requests]).toEqual([])
  },
)

it('opens an event of type 18 on request', async () => {
  const { ctx, events } = await serviceWith({})
  await openRequestedEvent(ctx, {
    kind: 'advisory',
    body: { errata_id: FLATPAK_ADVISORY },
    requester: 'alice',
    origin: TEST_ORIGIN,
  })
  expect(await events()).toMatchObject([
    { eventTypeId: 18, searchKey: String(FLATPAK_ADVISORY), requester: 'alice' },
  ])
})
