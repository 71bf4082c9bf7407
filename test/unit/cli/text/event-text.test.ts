/** Events as text: the tree of builds, whatever the service answers. */
import { describe, expect, it } from 'vitest'
import { drawEvent, eventSchema, headline } from '../../../../src/cli/text/event-text.ts'
import { createStyle } from '../../../../src/cli/text/style.ts'

const draw = (event: object) => drawEvent(eventSchema.parse(event), createStyle(false))
const build = (id: number, over: object = {}) => ({
  id,
  original_nvr: `image-${id}-1`,
  state_name: 'PLANNED',
  dep_on_id: null,
  ...over,
})

describe('an event', () => {
  it('is drawn with its builds below what they are built on', () => {
    const builds = [
      build(1, { state_name: 'DONE', rebuilt_nvr: 'image-1-1.2' }),
      build(2, { dep_on_id: 1, state_name: 'FAILED', state_reason: 'No space.' }),
      build(3, { dep_on_id: 2, state_name: 'FAILED', state_reason: 'Its parent failed.' }),
      build(4, { dep_on_id: 1 }),
    ]
    expect(draw({ id: 9, state_name: 'BUILDING', state_reason: null, search_key: '12', builds })).toEqual([
      'Event     9',
      'State     BUILDING',
      'Advisory  12',
      '',
      '4 builds: 1 done, 2 failed, 1 planned',
      '  └─ ✔ image-1-1  build 1, image-1-1.2',
      '     ├─ ✘ image-2-1  build 2, No space.',
      '     │  └─ ✘ image-3-1  build 3, Its parent failed.',
      '     └─ · image-4-1  build 4',
    ])
  })

  it('with values of any kind is drawn as far as it can be read, without control characters', () => {
    const odd = {
      id: 1,
      state_name: 'constructor',
      state_reason: 4,
      builds: [build(1, { original_nvr: '\x1b]0;x\x07', state_name: '__proto__' })],
    }
    const lines = draw(odd)
    expect(lines.at(-1)).toBe('  └─ ? \\x1b]0;x\\x07  build 1')
    expect(headline(eventSchema.parse({ id: 2, builds: [] }))).toBe('Event 2 ')
  })
})
