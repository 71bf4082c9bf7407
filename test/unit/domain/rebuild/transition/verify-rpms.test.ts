import { describe, expect, it } from 'vitest'
import {
  affectedReason,
  indexFixed,
  olderRpms,
} from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import {
  type Expected,
  fixedRpmNames,
  judgeRpms,
  needsWholeList,
} from '../../../../../src/domain/rebuild/transition/verify-rpms.ts'
import { rpm } from '../../../../support/rebuild/planned-images.ts'

const older = (fixed: string[], ...nvras: string[]) => olderRpms(indexFixed(fixed), nvras.map(rpm))

describe('the search for installed RPMs that lack the fix', () => {
  it('finds the older RPM and the build it is compared with', () => {
    expect(older(['openssl-1.1-3.el8'], 'openssl-1.1-2.el8.x86_64', 'bash-5-1.el8.x86_64')).toEqual([
      { name: 'openssl', installed: 'openssl-1.1-2.el8', wanted: 'openssl-1.1-3.el8' },
    ])
  })

  it('accepts equal and newer RPMs', () => {
    expect(older(['openssl-1.1-3.el8'], 'openssl-1.1-3.el8.x86_64')).toEqual([])
    expect(older(['openssl-1.1-3.el8'], 'openssl-1.1-10.el8.x86_64')).toEqual([])
  })

  it('never compares an RPM with another stream', () => {
    const fixed = ['openssl-1.1-3.el8', 'openssl-3.0-9.el9', 'nodejs-18.2-1.module+el8.6.0+1+a']
    expect(older(fixed, 'openssl-1.1-3.el8.x86_64')).toEqual([])
    expect(older(fixed, 'openssl-3.0-8.el9_0.x86_64')).toMatchObject([{ wanted: 'openssl-3.0-9.el9' }])
    expect(older(fixed, 'openssl-1.0-1.el7.x86_64')).toEqual([])
    expect(older(fixed, 'nodejs-16.1-1.el8.x86_64')).toEqual([])
    expect(older(fixed, 'nodejs-18.1-1.module+el8.5.0+7+b.x86_64')).toHaveLength(1)
  })

  it('never compares an RPM with another stream of its module', () => {
    const node18 = 'nodejs-18.20.2-1.module+el8.9.0+21767+537f33ee'
    const node20 = 'nodejs-20.12.2-2.module+el8.9.0+21743+0b3f1be2'
    const installed = (version: string) => `nodejs-${version}-1.module+el8.10.0+22224+a21d3f1b.x86_64`
    for (const fixed of [
      [node18, node20],
      [node20, node18],
    ]) {
      expect(older(fixed, installed('18.20.4'))).toEqual([])
      expect(older(fixed, installed('18.20.1'))).toMatchObject([{ wanted: node18 }])
      expect(older(fixed, installed('20.12.1'))).toMatchObject([{ wanted: node20 }])
      expect(older(fixed, installed('20.13.0'))).toEqual([])
    }
    expect(older([node18, node20], installed('16.20.2')), 'of neither stream').toMatchObject([
      { wanted: node20 },
    ])
  })

  it('tells streams of a module apart by as many numbers as it must', () => {
    const perl = (version: string, platform = 'el8.6.0') => `perl-${version}-1.module+${platform}+1+a`
    const fixed = [perl('5.26.3'), perl('5.30.1')]
    expect(older(fixed, `${perl('5.26.9')}.x86_64`)).toEqual([])
    expect(older(fixed, `${perl('5.24.9')}.x86_64`)).toMatchObject([{ wanted: perl('5.30.1') }])
    const onePerPlatform = [perl('5.26.3', 'el8.6.0'), perl('5.30.1', 'el8.9.0')]
    expect(older(onePerPlatform, `${perl('5.26.9')}.x86_64`), 'may be one stream').toHaveLength(1)
  })

  it('tells streams of a module apart by their first numbers, whatever platforms they were built for', () => {
    const nodejs = (version: string, platform: string) => `nodejs-${version}-1.module+${platform}+1+a`
    const fixed = [nodejs('18.20.4', 'el8.6.0'), nodejs('20.12.2', 'el8.9.0')]
    expect(older(fixed, `${nodejs('18.20.5', 'el8.8.0')}.x86_64`)).toEqual([])
    const backported = [
      nodejs('18.19.1', 'el8.6.0'),
      nodejs('18.20.2', 'el8.9.0'),
      nodejs('20.12.2', 'el8.9.0'),
    ]
    expect(older(backported, `${nodejs('18.19.5', 'el8.8.0')}.x86_64`)).toMatchObject([
      { wanted: nodejs('18.20.2', 'el8.9.0') },
    ])
  })

  it('accepts every build of the advisory, even when it lists a newer build of the same stream', () => {
    const fixed = ['openssl-1.1-5.el8_6', 'openssl-1.1-12.el8_9']
    expect(older(fixed, 'openssl-1.1-5.el8_6.x86_64')).toEqual([])
    expect(older(fixed, 'openssl-1.1-4.el8_6.x86_64')).toMatchObject([{ wanted: 'openssl-1.1-12.el8_9' }])
    expect(older(fixed, 'openssl-1.1-7.el8_8.x86_64')).toHaveLength(1)
    expect(older(fixed.toReversed(), 'openssl-1.1-7.el8_8.x86_64')).toMatchObject([
      { wanted: 'openssl-1.1-12.el8_9' },
    ])
  })

  it('accepts a newer build for a minor release that the advisory has a build for', () => {
    const fixed = ['openssl-1.1-5.el8_6', 'openssl-1.1-6.el8_6', 'openssl-1:1.1-12.el8_9']
    expect(older(fixed, 'openssl-1.1-6.el8_6.2.x86_64')).toEqual([])
    expect(older(fixed, 'openssl-1.1-5.el8_6.2.x86_64')).toHaveLength(1)
    expect(older(fixed, 'openssl-1.1-7.el8_8.x86_64')).toHaveLength(1)
    expect(older(fixed, 'openssl-1.1-7.el8.x86_64')).toHaveLength(1)
  })

  it('checks all architectures and reports each build once', () => {
    const found = older(
      ['openssl-1.1-3.el8'],
      'openssl-1.1-3.el8.x86_64',
      'openssl-1.1-2.el8.s390x',
      'openssl-1.1-2.el8.ppc64le',
    )
    expect(found.map(({ installed }) => installed)).toEqual(['openssl-1.1-2.el8'])
  })

  it('does not compare epochs, which the catalogue leaves out', () => {
    expect(older(['bind-32:9.11-3.el8'], 'bind-9.11-4.el8.x86_64')).toEqual([])
    expect(older(['bind-32:9.11-3.el8'], 'bind-9.11-3.el8.x86_64')).toEqual([])
    expect(older(['bind-32:9.11-3.el8'], 'bind-9.11-2.el8.x86_64')).toHaveLength(1)
  })

  it('rejects an advisory build that is not an NVR', () => {
    expect(() => indexFixed(['openssl'])).toThrow("Not a name-version-release: 'openssl'")
  })

  it('explains the result', () => {
    const found = older(['openssl-1.1-3.el8'], 'openssl-1.1-2.el8.x86_64')
    expect(affectedReason(found)).toBe('openssl-1.1-2.el8 is older than openssl-1.1-3.el8')
  })
})

describe('the check of a finished container', () => {
  const fixed = ['openssl-1.1-3.el8', 'openssl-libs-1.1-3.el8']
  const judge = (
    nvras: string[],
    over: { toFix?: string[]; missing?: string[]; unreadable?: number; fixed?: string[] } = {},
  ) =>
    judgeRpms(
      over.fixed ?? fixed,
      {
        nvr: 'app-1-1.9',
        toFix: over.toFix ?? [],
        missingArches: over.missing ?? null,
        installed: nvras.map(rpm),
        unreadable: over.unreadable ?? 0,
      },
      { kojiBuildId: 1016224, advisoryId: 123 },
    )
  const good = ['openssl-1.1-3.el8.x86_64', 'openssl-libs-1.1-4.el8.x86_64', 'bash-1-1.el8.x86_64']

  it('passes with the RPMs of the advisory or newer ones, whatever else is installed', () => {
    expect(judge(good)).toEqual({ ok: true, note: null })
  })

  it('fails with a text that lists all outdated RPMs with both versions', () => {
    expect(judge(['openssl-1.1-2.el8.x86_64', 'openssl-libs-1.1-1.el8.aarch64'])).toEqual({
      ok: false,
      text:
        'The following RPMs in container build (1016224) do not match with the latest RPMs in advisory (123):\n' +
        'openssl: openssl-1.1-2.el8 instead of openssl-1.1-3.el8\n' +
        'openssl-libs: openssl-libs-1.1-1.el8 instead of openssl-libs-1.1-3.el8',
    })
  })

  it('is unknown without any RPM, or with a record that cannot be read', () => {
    expect(judge([])).toEqual({ unknown: 'No RPMs of app-1-1.9 are known' })
    expect(judge(good, { unreadable: 1 })).toEqual({ unknown: '1 RPM records of app-1-1.9 cannot be read' })
  })

  it('is unknown when no fixed build is known of an RPM that had to be fixed, unless it is gone', () => {
    const unknown = (...nvrs: string[]) => ({
      unknown: `No fixed build of their stream is known for ${nvrs.join(', ')} in app-1-1.9`,
    })
    expect(judge(good, { toFix: ['bash', 'openssl'] })).toEqual(unknown('bash-1-1.el8'))
    const elsewhere = ['openssl-1.0-1.el7.x86_64', 'openssl-1.0-1.el7.aarch64']
    expect(judge(elsewhere, { toFix: ['openssl'] }), 'compared with nothing').toEqual(
      unknown('openssl-1.0-1.el7'),
    )
    expect(judge([...elsewhere, ...good], { toFix: ['openssl'] })).toMatchObject({ ok: true })
    expect(judge(good, { toFix: ['zlib'] })).toMatchObject({ ok: true })
  })

  it('fails rather than being unknown when a readable record is too old', () => {
    expect(judge(['openssl-1.1-2.el8.x86_64'], { unreadable: 1 })).toMatchObject({ ok: false })
  })

  it('notes RPMs that the original image had and the rebuilt one lacks', () => {
    expect(judge(good, { toFix: ['openssl', 'openssl-devel'] })).toEqual({
      ok: true,
      note: 'No longer in the rebuilt image: openssl-devel',
    })
  })

  it('notes architectures that the original image had', () => {
    expect(judge(good, { missing: ['aarch64'] })).toEqual({ ok: true, note: 'No longer built for aarch64' })
    expect(judge(good, { missing: ['aarch64'], toFix: ['zlib'] })).toEqual({
      ok: true,
      note: 'No longer in the rebuilt image: zlib; No longer built for aarch64',
    })
    expect(judge(good, { missing: [] })).toEqual({ ok: true, note: null })
  })

  it('needs the whole list when it lacks a name or an architecture that the original image had', () => {
    const listed = {
      everywhere: new Set(['openssl', 'bash']),
      arches: ['x86_64'],
      isWhole: true,
      unreadable: 0,
    }
    const needs = (over: Partial<Expected>, of: Partial<typeof listed> = {}) =>
      needsWholeList({ names: [], arches: null, ...over }, { ...listed, ...of })
    expect(needs({ names: ['openssl'], arches: ['x86_64'] })).toBe(false)
    expect(needs({ names: ['openssl', 'openssl-libs'] })).toBe(true)
    expect(needs({}, { isWhole: false })).toBe(true)
    expect(needs({}, { unreadable: 1 })).toBe(true)
    expect(needs({ arches: ['aarch64', 'x86_64'] })).toBe(true)
    expect(needsWholeList({ names: [], arches: ['aarch64'] }, { ...listed, arches: null })).toBe(false)
  })

  it('takes each RPM of the advisory once, without its epoch', () => {
    expect(fixedRpmNames(['openssl-1:1.1-3.el8', 'openssl-1:3.0-1.el9', 'bash-5-1.el8'])).toEqual([
      'openssl',
      'bash',
    ])
  })

  it('compares epochs when the fixed build has one', () => {
    const epochs = { fixed: ['mod_ssl-1:2.4.57-11.el9'] }
    const installed = (epoch: number | null) => ({ ...rpm('mod_ssl-2.4.62-1.el9.x86_64'), epoch })
    const verdict = (epoch: number | null) =>
      judgeRpms(
        epochs.fixed,
        { nvr: 'app-1-1.9', toFix: [], missingArches: null, installed: [installed(epoch)], unreadable: 0 },
        { kojiBuildId: 1, advisoryId: 2 },
      )
    expect(verdict(1)).toEqual({ ok: true, note: null })
    expect(verdict(null)).toEqual({ ok: true, note: null })
    expect(verdict(0)).toMatchObject({
      text: expect.stringContaining('mod_ssl-2.4.62-1.el9 instead of mod_ssl-1:2.4.57-11.el9'),
    })
  })

  it('mentions when an RPM that fails was compared without its epoch', () => {
    expect(judge(['bind-9.11-2.el8.x86_64'], { fixed: ['bind-32:9.11-3.el8'] })).toMatchObject({
      text: expect.stringMatching(
        /bind: bind-9\.11-2\.el8 instead of bind-32:9\.11-3\.el8 \(its epoch is not known\)$/,
      ),
    })
  })

  it('compares epochs when the fixed build has none: the RPM may have been given one since', () => {
    const installed = { ...rpm('perl-IO-1.30-1.el8.x86_64'), epoch: 1 }
    expect(
      judgeRpms(
        ['perl-IO-0:1.38-421.el8'],
        { nvr: 'app-1-1.9', toFix: [], missingArches: null, installed: [installed], unreadable: 0 },
        { kojiBuildId: 1, advisoryId: 2 },
      ),
    ).toEqual({ ok: true, note: null })
  })
})

describe('epochs', () => {
  const withEpoch = (nvra: string, epoch: number | null) => ({ ...rpm(nvra), epoch })

  it('never make a build of the advisory older than itself', () => {
    const fixed = indexFixed(['perl-IO-4:1.38-421.el8'])
    expect(olderRpms(fixed, [withEpoch('perl-IO-1.38-421.el8.x86_64', 0)])).toEqual([])
    expect(olderRpms(fixed, [withEpoch('perl-IO-1.38-420.el8.x86_64', 0)])).toHaveLength(1)
  })

  it('make an RPM older regardless of its version', () => {
    expect(
      olderRpms(indexFixed(['mod_ssl-1:2.4.57-11.el9']), [withEpoch('mod_ssl-2.4.62-1.el9.x86_64', 0)]),
    ).toEqual([{ name: 'mod_ssl', installed: 'mod_ssl-2.4.62-1.el9', wanted: 'mod_ssl-1:2.4.57-11.el9' }])
  })

  it('make an RPM newer regardless of its version', () => {
    expect(olderRpms(indexFixed(['bind-0:9.16-3.el9']), [withEpoch('bind-9.11-1.el9.x86_64', 32)])).toEqual(
      [],
    )
  })

  it('are shown where they differ', () => {
    const older = (epoch: number) =>
      olderRpms(indexFixed(['bind-32:9.16-3.el9']), [withEpoch('bind-9.16-2.el9.x86_64', epoch)])
    expect(older(31)).toEqual([
      { name: 'bind', installed: 'bind-31:9.16-2.el9', wanted: 'bind-32:9.16-3.el9' },
    ])
    expect(older(32)).toEqual([{ name: 'bind', installed: 'bind-9.16-2.el9', wanted: 'bind-9.16-3.el9' }])
  })

  it('of the installed RPM alone do not make it newer', () => {
    expect(olderRpms(indexFixed(['bind-9.16-3.el9']), [withEpoch('bind-9.16-2.el9.x86_64', 32)])).toEqual([
      { name: 'bind', installed: 'bind-9.16-2.el9', wanted: 'bind-9.16-3.el9', epochUnknown: true },
    ])
  })

  it('that are unknown are not compared, and the reason says so', () => {
    const older = olderRpms(indexFixed(['mod_ssl-1:2.4.57-11.el9']), [rpm('mod_ssl-2.4.50-1.el9.x86_64')])
    expect(older).toMatchObject([{ name: 'mod_ssl', epochUnknown: true }])
    expect(affectedReason(older)).toBe(
      'mod_ssl-2.4.50-1.el9 is older than mod_ssl-1:2.4.57-11.el9 (its epoch is not known)',
    )
    expect(olderRpms(indexFixed(['mod_ssl-1:2.4.57-11.el9']), [rpm('mod_ssl-2.4.62-1.el9.x86_64')])).toEqual(
      [],
    )
  })
})
