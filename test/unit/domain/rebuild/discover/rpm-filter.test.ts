/** Images whose records cannot be read as a whole are neither judged nor taken for fixed. */
import { describe, expect, it } from 'vitest'
import { dropped, KEPT } from '../../../../../src/domain/rebuild/discover/image-filter.ts'
import { whenOffersReadable } from '../../../../../src/domain/rebuild/discover/rpm-filter.ts'
import { image } from '../../../../support/rebuild/planned-images.ts'

describe('an image some of whose places cannot be read', () => {
  const odd = image('app-1-1', { unreadableOffers: 2 })
  const drop = whenOffersReadable(() => dropped('hotfix', 'it is a hotfix'))

  it('is not judged by what would drop it', () => {
    expect(drop(odd)).toEqual(
      dropped(
        'unreadable-offers',
        'it could not be judged: 2 of its places, tags or content sets cannot be read',
        { instead: 'it is a hotfix' },
      ),
    )
  })

  it('is kept by what keeps it, and one that can be read is dropped for the reason itself', () => {
    expect(whenOffersReadable(() => KEPT)(odd)).toEqual(KEPT)
    expect(drop(image('app-1-1'))).toEqual(dropped('hotfix', 'it is a hotfix'))
  })
})
