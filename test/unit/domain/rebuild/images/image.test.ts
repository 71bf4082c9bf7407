import { expect, it } from 'vitest'
import { withArchesOf } from '../../../../../src/domain/rebuild/images/image.ts'
import { image } from '../../../../support/rebuild/planned-images.ts'

it('an image gets the architectures, content sets and parent of a record with more architectures, and keeps the rest', () => {
  const one = image('app-1-1', { arches: ['x86_64'], contentSets: ['b'], labels: { kept: 'yes' } })
  const whole = image('app-1-1', {
    arches: ['x86_64', 'aarch64'],
    contentSets: ['b', 'a'],
    parentBrewBuild: 'base-1-1',
    rpms: null,
  })
  const expected = {
    ...one,
    arches: ['aarch64', 'x86_64'],
    contentSets: ['a', 'b'],
    parentBrewBuild: 'base-1-1',
  }
  expect(withArchesOf(one, whole)).toEqual(expected)
  expect(withArchesOf({ ...one, parentBrewBuild: 'base-1-2' }, whole).parentBrewBuild).toBe('base-1-2')
})
