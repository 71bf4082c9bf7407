/** Checks what a rebuild starts from: complete builds only, and in scratch mode no parent that Koji has no build of. */
import { describe, expect, it } from 'vitest'
import { judgeOrigins, type OriginState } from '../../../../../src/domain/rebuild/submit/origins.ts'

const ENDED: OriginState[] = ['BUILDING', 'DELETED', 'FAILED', 'CANCELED']
const original = (state: OriginState = 'COMPLETE') => ({ nvr: 'app-1-2', state })
const parent = (state: OriginState = 'COMPLETE') => ({ nvr: 'base-1-1', state })

describe.each([true, false])('with scratch builds: %s', (scratch) => {
  it.each(ENDED)('an original build that is %s is refused, and named', (state) => {
    expect(judgeOrigins(original(state), parent(), scratch)).toEqual({
      refused: `The Koji build of app-1-2 is ${state}, not COMPLETE: nothing can be rebuilt from it or built on it.`,
    })
  })

  it.each(ENDED)('an original build without a parent is refused too when it is %s', (state) => {
    expect(judgeOrigins(original(state), null, scratch)).toHaveProperty('refused')
  })

  it.each(ENDED)('a parent that is %s is refused, and named', (state) => {
    expect(judgeOrigins(original(), parent(state), scratch)).toEqual({
      refused: expect.stringMatching(/^The Koji build of base-1-1 is /),
    })
  })

  it('a complete parent is named', () => {
    expect(judgeOrigins(original(), parent(), scratch)).toEqual({ namesParent: true, note: null })
  })

  it('an original build that Koji does not know is not refused: its source is what counts', () => {
    expect(judgeOrigins(original(null), null, scratch)).toEqual({ namesParent: false, note: null })
  })
})

describe('a parent that Koji does not know', () => {
  it('is a scratch build in scratch mode: the child is built on what its Dockerfile names, and says so', () => {
    expect(judgeOrigins(original(), parent(null), true)).toEqual({
      namesParent: false,
      note: 'Built on the image that its own Dockerfile names: Koji has no build of its parent base-1-1, a scratch build.',
    })
  })

  it('is named all the same otherwise: an image is never silently built on another one', () => {
    expect(judgeOrigins(original(), parent(null), false)).toEqual({ namesParent: true, note: null })
  })
})
