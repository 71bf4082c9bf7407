import { describe, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { ADVISORY_TYPES, eventSubject, hasAdvisory } from '../../../src/domain/event-subject.ts'
import { handlerOfType } from '../../../src/handlers/index.ts'

describe('what an event rebuilds', () => {
  it.each([
    ['images', [8, 10, 13]],
    ['named-images', [14]],
    ['bundles', [15, 16]],
    ['flatpaks', [17, 18]],
    [null, [0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12]],
  ])('is %j for the types %j', (subject, types) => {
    expect(Object.values(EVENT_TYPES).filter((type) => eventSubject(type) === subject)).toEqual(types)
  })

  it('is nothing for a type that does not exist', () => {
    expect([-1, 19, 1.5].map(eventSubject)).toEqual([null, null, null])
  })

  it('is what an advisory affects for all types but requests by name and obsolete ones', () => {
    expect(ADVISORY_TYPES).toEqual([8, 10, 13, 15, 16, 17, 18])
    expect([0, 14, 19].map(hasAdvisory)).toEqual([false, false, false])
  })

  it('decides its handler', () => {
    expect([10, 14, 15, 17, 9, 19].map((type) => handlerOfType(type)?.name)).toEqual([
      'RebuildImagesOnRPMAdvisoryChange',
      'RebuildImagesOnAsyncManualBuild',
      'HandleBotasAdvisory',
      'RebuildFlatpakApplicationOnModuleReady',
      undefined,
      undefined,
    ])
  })
})
