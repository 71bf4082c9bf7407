import { describe, expect, it } from 'vitest'
import { countStates } from '../../../src/domain/rebuild/states.ts'
import { headLine, progressBar } from '../../../src/ui/progress.ts'
import { duration, stateMark } from '../../../src/ui/words.ts'

describe('a duration has its two largest units', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [5400, '1 h 30 min'],
    [90_061, '1 d 1 h'],
    [-5, '0 s'],
  ])('%s seconds: %s', (seconds, text) => expect(duration(seconds)).toBe(text))
})

describe('the head line of an event', () => {
  it('names what is rebuilt of all, and what went wrong', () => {
    const builds = (['DONE', 'DONE', 'FAILED', 'PLANNED'] as const).map((state) => ({ state }))
    expect(headLine(countStates(builds))).toBe('2 of 4 images rebuilt, 1 failed')
    expect(headLine(countStates([{ state: 'DONE' }]))).toBe('1 of 1 image rebuilt')
    expect(headLine(countStates([]))).toBe('No images to rebuild')
  })

  it('is the text of the bar for readers that cannot see it, whose pieces fill it', async () => {
    const bar = String(
      await progressBar(countStates([{ state: 'DONE' }, { state: 'FAILED' }, { state: 'FAILED' }])),
    )
    expect(bar).toContain('aria-label="1 of 3 images rebuilt, 2 failed"')
    const widths = [...bar.matchAll(/class="fill [A-Z]+".*?width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    )
    expect(widths).toEqual([33.33, 66.67])
  })
})

it('a state has a mark beside its color, which screen readers leave out', async () => {
  expect(String(await stateMark('FAILED'))).toMatch(
    /class="state FAILED".*aria-hidden="true">✘<\/span> Failed/,
  )
})
