/** Checks which composes of a flatpak are used again, and which modules are composed (behaviour/freshmaker 6.8 step 3). */
import { describe, expect, it } from 'vitest'
import { judgeComposes } from '../../../../../../src/domain/rebuild/discover/flatpaks/judge-composes.ts'

const PERL = { nvr: 'perl-5.30-2.b', name: 'perl', stream: '5.30', version: '2', context: 'b' }
const ofModules = (id: number, ...sources: string[]) => ({ id, isOfModules: true, sources })
const ofContent = (id: number, ...sources: string[]) => ({ id, isOfModules: false, sources })

describe('the composes of a flatpak', () => {
  it('are used again, except those with a module of the advisory, whose other modules stay as they are', () => {
    const originals = [
      ofContent(1, 'perl:5.30'),
      ofModules(2, 'runtime:el8:1:a', 'perl:5.30:1:b'),
      ofModules(3, 'perl:5.32:1:b', 'nodejs:18:7:c'),
    ]
    expect(judgeComposes([PERL], originals)).toEqual({
      reused: [1, 3],
      modules: ['perl:5.30:2:b', 'runtime:el8:1:a'],
    })
  })

  it.each(['perl:5.30', 'perl:5.30:1', 'perl:5.30:1:b'])(
    'have the module when they list it as %s',
    (listed) => {
      expect(judgeComposes([PERL], [ofModules(1, listed)])).toEqual({
        reused: [],
        modules: ['perl:5.30:2:b'],
      })
    },
  )

  it('lead to a compose of the advisory alone when they are of other modules', () => {
    expect(judgeComposes([PERL], [ofModules(1, 'nodejs:18:7:c')])).toEqual({
      reused: [1],
      modules: ['perl:5.30:2:b'],
    })
  })

  it.each([[[]], [[ofContent(1, 'rhel-8-baseos')]]])(
    'lead to none when none of them is of modules: %j',
    (originals) => {
      expect(judgeComposes([PERL], originals)).toEqual({ reused: originals.map(({ id }) => id), modules: [] })
    },
  )

  it('lead to one with every build of the stream that the advisory has', () => {
    const other = { ...PERL, context: 'c', nvr: 'perl-5.30-2.c' }
    expect(judgeComposes([other, PERL], [ofModules(1, 'perl:5.30:1:b')]).modules).toEqual([
      'perl:5.30:2:b',
      'perl:5.30:2:c',
    ])
  })
})
