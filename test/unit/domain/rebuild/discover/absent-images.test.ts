/** Wanted images without a usable record: unknown only where no unreadable record may be about them. */
import { describe, expect, it } from 'vitest'
import type { Consideration } from '../../../../../src/domain/rebuild/consideration.ts'
import { absentImages } from '../../../../../src/domain/rebuild/discover/absent-images.ts'
import { bareImage } from '../../../../../src/domain/rebuild/images/image.ts'

const images = [bareImage('known-1-1')].flatMap((image) => image ?? [])
const unreadable = (nvr: string): Consideration => ({
  nvr,
  outcome: 'not-rebuilt',
  rule: 'unreadable-record',
  reason: 'it could not be judged: its record cannot be read',
})
const rules = (wanted: string[], withoutBuild: Consideration[]) =>
  absentImages(wanted, { images, withoutBuild }).map(({ nvr, unreadable: why }) => [nvr, why?.rule ?? null])

describe('a wanted image', () => {
  it('that was found is not absent, however often it is wanted', () => {
    expect(rules(['known-1-1', 'known-1-1'], [unreadable('(x86_64)')])).toEqual([])
  })

  it('without any record is unknown', () => {
    expect(rules(['gone-1-1', 'known-1-1', 'gone-1-1'], [])).toEqual([['gone-1-1', null]])
  })

  it('whose record cannot be read could not be judged, and the others are unknown', () => {
    expect(rules(['odd-1-1', 'gone-1-1'], [unreadable('odd-1-1')])).toEqual([
      ['odd-1-1', 'unreadable-record'],
      ['gone-1-1', null],
    ])
  })

  it('could not be judged while a record without a readable name may be about it', () => {
    const nameless = [unreadable('registry/odd:latest (x86_64)'), unreadable('(aarch64)')]
    const [absent, ...rest] = absentImages(['gone-1-1'], { images, withoutBuild: nameless })
    expect(rest).toEqual([])
    expect(absent?.unreadable).toMatchObject({ nvr: 'gone-1-1', outcome: 'not-rebuilt' })
    expect(absent?.unreadable?.reason).toContain('one of 2 records without a readable name may be about it')
    expect(absent?.unreadable?.reason).toContain('registry/odd:latest (x86_64)')
  })
})
