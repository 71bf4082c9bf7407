/** The stored and published form of the overrides of a bundle. */
import { expect, it } from 'vitest'
import { toOverridesJson } from '../../../../../src/domain/rebuild/submit/pullspec-overrides.ts'

it('overrides of a bundle have the names of the API, and an annotation only where the CSV has one', () => {
  const replacements = [{ pinned: true, original: 'registry/app:8', new: 'registry/app@sha256:1' }]
  const update = { name: 'app.v1.2.3', version: '1.2.3', substitutesFor: null }
  const stored = {
    pullspec_replacements: [{ new: 'registry/app@sha256:1', original: 'registry/app:8', pinned: true }],
    update: { metadata: { name: 'app.v1.2.3' }, spec: { version: '1.2.3' } },
  }
  expect(toOverridesJson({ replacements, update })).toEqual(stored)
  expect(
    toOverridesJson({ replacements, update: { ...update, substitutesFor: 'app.v1.2.2' } }).update.metadata,
  ).toEqual({ annotations: { 'olm.substitutesFor': 'app.v1.2.2' }, name: 'app.v1.2.3' })
})
