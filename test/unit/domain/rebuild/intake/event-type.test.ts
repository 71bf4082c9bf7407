/** Which type of event an advisory opens, by request and by shipping. */
import { describe, expect, it } from 'vitest'
import { requestedEventType, shippedEventType } from '../../../../../src/domain/rebuild/intake/event-type.ts'

const flatpak = {
  pulpRepoIds: ['rhel-8-hidden-rpms', 'rhel-8-hidden-2'],
  allBuildsSigned: true,
  releaseType: 'Zstream',
}
const module = { state: 'QE', contentTypes: ['module'], reporter: 'someone', flatpak }

describe('a requested event', () => {
  it.each([
    ['FlatpakApplicationManualBuildEvent', module],
    ['ManualRebuildWithAdvisoryEvent', { ...module, state: 'REL_PREP' }],
    ['ManualRebuildWithAdvisoryEvent', { ...module, contentTypes: ['rpm'] }],
    ['ManualRebuildWithAdvisoryEvent', { ...module, flatpak: { ...flatpak, allBuildsSigned: false } }],
    ['ManualRebuildWithAdvisoryEvent', { ...module, flatpak: { ...flatpak, releaseType: 'Async' } }],
    ['ManualRebuildWithAdvisoryEvent', { ...module, flatpak: { ...flatpak, pulpRepoIds: ['rhel-8-rpms'] } }],
    ['ManualRebuildWithAdvisoryEvent', { ...module, flatpak: null }],
    ['ManualBundleRebuildEvent', { ...module, state: 'SHIPPED_LIVE', reporter: 'botas_123' }],
    ['ManualRebuildWithAdvisoryEvent', { ...module, state: 'REL_PREP', reporter: 'botas_123' }],
  ])('is a %s', (type, advisory) => {
    expect(requestedEventType(advisory)).toBe(type)
  })
})

it('a shipped advisory of the reporter of operators is about bundles', () => {
  expect(shippedEventType({ reporter: 'botas/pipeline' })).toBe('BotasErrataShippedEvent')
  expect(shippedEventType({ reporter: 'a botas' })).toBe('ErrataAdvisoryStateChangedEvent')
})
