import { expect, it } from 'vitest'
import { type Consideration, withShortDetails } from '../../../../src/domain/rebuild/consideration.ts'
import { planBuilds } from '../../../../src/domain/rebuild/plan/plan.ts'
import { firstPerImage } from '../../../../src/handlers/images/find-images.ts'
import { cause, node } from '../../../support/rebuild/planned-images.ts'

const list = (length: number) => Array.from({ length }, (_, index) => `rpm${index}`)
const considered = (details?: Record<string, unknown>): Consideration => ({
  nvr: 'app-1-1',
  outcome: 'not-rebuilt',
  rule: 'rpm-version',
  reason: 'it is fixed',
  ...(details && { details }),
})

it('details keep the first entries of a long list, and how many there are', () => {
  const { details } = withShortDetails(considered({ pairs: list(101), wanted: list(100), state: 'x' }))
  expect(details).toEqual({ pairs: list(100), pairsCount: 101, wanted: list(100), state: 'x' })
  expect(withShortDetails(considered())).toEqual(considered())
})

it('the reasons of an event have short details, and its builds all RPMs', () => {
  expect(firstPerImage([considered({ pairs: list(5000) })], [])[0]?.details).toMatchObject({
    pairsCount: 5000,
    pairs: list(100),
  })
  const rpms = list(150).map((name) => ({ name, installed: `${name}-1-1.el8`, wanted: `${name}-1-2.el8` }))
  for (const error of [null, 'no sources']) {
    const plan = planBuilds({
      nodes: [node('app-1-1', null, { cause: cause({ rpms }), error })],
      durations: new Map(),
      medianDurationS: 60,
    })
    expect(plan.considered[0]?.details).toMatchObject({ rpms: rpms.slice(0, 100), rpmsCount: 150 })
    expect(plan.builds[0]?.rpmsToFix).toHaveLength(150)
  }
})

it('each image that is not rebuilt has the first of its reasons, by NVR', () => {
  const because = (nvr: string, reason: string) => ({ ...considered(), nvr, reason })
  const reasons = [
    because('b-1-1', 'first'),
    because('a-1-1', 'only'),
    because('b-1-1', 'second'),
    because('c-1-1', 'it is rebuilt'),
  ]
  expect(firstPerImage(reasons, [node('c-1-1')])).toEqual([
    because('a-1-1', 'only'),
    because('b-1-1', 'first'),
  ])
})
