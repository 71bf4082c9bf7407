/** Checks where lines are redrawn and colors are shown. */
import { expect, it } from 'vitest'
import { abilitiesOf } from '../../../../src/lib/terminal/abilities.ts'

const BOTH = { isTerminal: true, isLive: true, hasColors: true }
const PLAIN = { isTerminal: true, isLive: false, hasColors: false }
const LINES = { isTerminal: true, isLive: false, hasColors: true }
const BLACK = { isTerminal: true, isLive: true, hasColors: false }

it.each([
  ['both on a terminal', { TERM: 'xterm-256color' }, BOTH],
  ['both on a terminal without a name', {}, BOTH],
  ['neither on a dumb terminal', { TERM: 'dumb' }, PLAIN],
  ['neither on a dumb terminal of a CI job', { TERM: 'dumb', CI: 'true' }, PLAIN],
  ['neither on a dumb terminal whose user wants colors', { TERM: 'dumb', FORCE_COLOR: '1' }, PLAIN],
  ['only colors in a CI job', { TERM: 'xterm', CI: 'true' }, LINES],
  ['both where CI is off', { TERM: 'xterm', CI: 'false' }, BOTH],
  ['no colors with NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, BLACK],
  [
    'no colors with NO_COLOR in spite of FORCE_COLOR',
    { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '1' },
    BLACK,
  ],
  ['no colors with FORCE_COLOR=0', { TERM: 'xterm', FORCE_COLOR: '0' }, BLACK],
  ['both with an empty NO_COLOR', { TERM: 'xterm', NO_COLOR: '' }, BOTH],
])('%s', (_case, env, abilities) => {
  expect(abilitiesOf({ isTTY: true }, env)).toEqual(abilities)
})

it.each([{}, { CI: 'true' }, { FORCE_COLOR: '1' }, { TERM: 'xterm-256color' }])(
  'neither in a pipe, with %j',
  (env) => {
    expect(abilitiesOf({}, env)).toEqual({ isTerminal: false, isLive: false, hasColors: false })
  },
)
