/** An advisory that ships opens an event for the handler that is on, and none for a handler that is off. */
import { expect, it, onTestFinished } from 'vitest'
import { shipAdvisory } from '../../../../lab/services/errata/ship.ts'
import { startLab } from '../../../../lab/start.ts'
import { Event, InboxMessage } from '../../../../src/db/entities/index.ts'
import { EVENT_TYPES } from '../../../../src/domain/event.ts'
import { missingServices } from '../../../../src/handlers/index.ts'
import { intake } from '../../../../workers/intake.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'

const IMAGES = 133004
const RPMS = 133001

async function serviceWith(env: Record<string, string>) {
  const lab = await startLab()
  onTestFinished(lab.stop)
  const ctx = await createTestContext({ ...lab.urls, ...env }, 'request_attempts: 1')
  onTestFinished(ctx.drop)
  const ship = async (errataId: number) => {
    shipAdvisory(lab.world, errataId)
    const message = {
      messageId: `m-${errataId}`,
      topic: 'topic://VirtualTopic.eng.errata.activity.status',
      body: Buffer.from('{}'),
      properties: {},
      meaning: { kind: 'advisory-shipped', errataId },
    }
    const inboxId = Number(await ctx.db.fork().insert(InboxMessage, message as unknown as InboxMessage)) // bigints come as text
    await attempt(ctx, { queue: 'intake', worker: intake, payload: { inboxId }, isLast: false })
    return ctx.db.orm.em.fork().findOneOrFail(InboxMessage, { id: inboxId })
  }
  const types = async () => (await ctx.db.fork().find(Event, {})).map(({ eventTypeId }) => eventTypeId)
  return { ctx, ship, types }
}

it('an advisory of container images filed by botas opens an event of type 15, one of RPMs an event of type 10', async () => {
  const { ctx, ship, types } = await serviceWith({})
  expect(await ship(IMAGES)).toMatchObject({ state: 'done' })
  expect(await ship(RPMS)).toMatchObject({ state: 'done' })
  expect(await types()).toEqual([15, 10])
  expect(missingServices(ctx.settings.env)).toEqual([])
})

it.each(['PYXIS_URL', 'PRODUCT_PAGES_URL'])(
  'is ignored with the reason while its handler lacks %s, and disturbs no other',
  async (variable) => {
    const { ctx, ship, types } = await serviceWith({ [variable]: '' })
    const reason = `HandleBotasAdvisory is off: ${variable} not set`
    expect(missingServices(ctx.settings.env)).toEqual([reason])
    expect(await ship(IMAGES)).toMatchObject({ state: 'ignored', reason: `${reason}.` })
    expect(await ship(RPMS)).toMatchObject({ state: 'done' })
    expect(await types()).toEqual([10])
  },
)

it('an advisory is ignored while an event that Freshmaker opened for it is still running', async () => {
  const { ctx, ship } = await serviceWith({})
  const eventTypeId = EVENT_TYPES.ErrataRPMAdvisoryShippedEvent
  const running = await makeEvent(ctx, { eventTypeId, searchKey: String(RPMS), state: 'BUILDING' })
  expect(await ship(RPMS)).toMatchObject({
    state: 'ignored',
    reason: `Advisory ${RPMS} is already being handled by event ${running}.`,
  })
})
