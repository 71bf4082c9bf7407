/** Checks which type of event an advisory opens, by request and by shipping. */
import { describe, expect, it } from 'vitest'
import {
  requestedEventType,
  shippedEventType,
  whyNotReady,
} from '../../../../../src/domain/rebuild/intake/event-type.ts'

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
    ['ManualRebuildWithAdvisoryEvent', { ...module, state: 'SHIPPED_LIVE' }],
  ])('is a %s', (type, advisory) => {
    expect(requestedEventType(advisory)).toBe(type)
  })
})

describe('an advisory of modules', () => {
  it('is ready for flatpaks in testing, with signed builds in hidden repositories of a z-stream', () => {
    expect(whyNotReady(module)).toBeNull()
  })

  it.each([
    [{ ...module, state: 'REL_PREP' }, 'it is REL_PREP, with content types module'],
    [{ ...module, contentTypes: [] }, 'it is QE, with content types none'],
    [
      { ...module, flatpak: { ...flatpak, pulpRepoIds: ['a-hidden-rpms', 'b-rpms'] } },
      'its Pulp repositories b-rpms are not hidden',
    ],
    [{ ...module, flatpak: { ...flatpak, allBuildsSigned: false } }, 'its builds are not all signed'],
    [{ ...module, flatpak: { ...flatpak, releaseType: 'Async' } }, "its release is 'Async', not 'Zstream'"],
  ])('is not for one reason at a time (%#)', (advisory, reason) => {
    expect(whyNotReady(advisory)).toBe(reason)
  })
})

it('a shipped advisory of the reporter of operators is about bundles', () => {
  expect(shippedEventType({ reporter: 'botas/pipeline' })).toBe('BotasErrataShippedEvent')
  expect(shippedEventType({ reporter: 'a botas' })).toBe('ErrataAdvisoryStateChangedEvent')
})
