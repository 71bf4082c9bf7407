/** Checks which composes a build needs (behaviour/freshmaker 7.9 step 6, 8.4; cases A31 and A32). */
import { describe, expect, it } from 'vitest'
import {
  advisoryCompose,
  type ComposeFacts,
  composeKey,
  composeNeeds,
  moduleCompose,
  NO_COMPOSE_FACTS,
} from '../../../../../src/domain/rebuild/plan/compose-needs.ts'
import { image, node, rpm, source } from '../../../../support/rebuild/planned-images.ts'

const RULES = { excludeContentSets: /-hidden-rpms$/, sigkeys: ['abc'] }
const withSets = (contentSets: string[], odcsComposeIds: number[] = [7]) =>
  node('app-1-1', null, {
    image: image('app-1-1', { contentSets }),
    source: source('app', { odcsComposeIds }),
  })
const factsWith = (facts: Partial<ComposeFacts>): ComposeFacts => ({ ...NO_COMPOSE_FACTS, ...facts })

describe('content sets that no original compose includes', () => {
  it('become one pulp compose, sorted', () => {
    const facts = factsWith({ sourcesById: { 7: ['rhel-8-baseos'] } })
    expect(composeNeeds(withSets(['zzz', 'rhel-8-baseos', 'aaa']), facts, RULES)).toEqual([
      {
        type: 'pulp',
        source: 'aaa zzz',
        packages: [],
        builds: [],
        flags: ['use_only_compatible_arch'],
        sigkeys: [],
        arches: [],
      },
    ])
  })

  it('need no compose when the original composes together include them all', () => {
    const facts = factsWith({ sourcesById: { 7: ['content-set-1'], 8: ['content-set-2'] } })
    expect(composeNeeds(withSets(['content-set-1', 'content-set-2'], [7, 8]), facts, RULES)).toEqual([])
  })

  it('are composed for an image whose sources are not known', () => {
    const unknown = { ...withSets(['content-set-1']), source: null }
    const facts = factsWith({ sourcesById: { 7: ['content-set-1'] } })
    expect(composeNeeds(unknown, facts, RULES)).toMatchObject([{ type: 'pulp', source: 'content-set-1' }])
  })

  it('are not requested when they are hidden (A32)', () => {
    expect(composeNeeds(withSets(['content-hidden-rpms']), NO_COMPOSE_FACTS, RULES)).toEqual([])
  })

  it('share one compose between two images that lack the same sets (A32)', () => {
    const [left] = composeNeeds(withSets(['content-set-1']), NO_COMPOSE_FACTS, RULES)
    const [right] = composeNeeds(withSets(['content-set-1'], [9]), NO_COMPOSE_FACTS, RULES)
    expect(left && right && composeKey(left) === composeKey(right)).toBe(true)
  })
})

describe('an image that is not published', () => {
  const unpublished = node('app-1-1', null, {
    image: image('app-1-1', { contentSets: [], arches: ['x86_64', 'aarch64'] }),
    published: false,
  })
  const rpms = [rpm('zlib-1-1.el8.x86_64'), rpm('bash-5-1.el8.x86_64'), rpm('bash-5-1.el8.aarch64')]

  it('needs a build compose of its RPMs, sorted and without duplicates', () => {
    expect(composeNeeds(unpublished, factsWith({ manifests: { 'app-1-1': rpms } }), RULES)).toEqual([
      {
        type: 'build',
        source: '',
        packages: ['bash', 'zlib'],
        builds: ['bash-5-1.el8', 'zlib-1-1.el8'],
        flags: ['no_deps'],
        sigkeys: ['abc'],
        arches: ['aarch64', 'x86_64'],
      },
    ])
  })

  it('needs no compose without a manifest', () => {
    expect(composeNeeds(unpublished, NO_COMPOSE_FACTS, RULES)).toEqual([])
  })

  it('needs no compose when it is unknown whether it is published', () => {
    const facts = factsWith({ manifests: { 'app-1-1': rpms } })
    expect(composeNeeds({ ...unpublished, published: null }, facts, RULES)).toEqual([])
  })

  it('needs no compose without the sources of its RPMs', () => {
    const manifests = { 'app-1-1': rpms.map((known) => ({ ...known, srpmNvr: null })) }
    expect(composeNeeds(unpublished, factsWith({ manifests }), RULES)).toEqual([])
  })
})

describe('an advisory that is not shipped', () => {
  it('adds its compose to every build, once', () => {
    const advisory = advisoryCompose('rhel-8-candidate', ['openssl', 'bash', 'openssl'], ['abc'])
    expect(advisory).toEqual({
      type: 'tag',
      source: 'rhel-8-candidate',
      packages: ['bash', 'openssl'],
      builds: [],
      flags: ['no_deps'],
      sigkeys: ['abc'],
      arches: [],
    })
    const needs = composeNeeds(withSets(['a']), factsWith({ advisoryComposes: [advisory, advisory] }), RULES)
    expect(needs.map(({ type, source: of }) => [type, of])).toEqual([
      ['pulp', 'a'],
      ['tag', 'rhel-8-candidate'],
    ])
  })
})

describe('modules of a flatpak', () => {
  const flatpak = (modules: string[]) =>
    node('app-1-1', null, { image: image('app-1-1', { arches: ['x86_64'], contentSets: ['a'] }), modules })

  it('are composed for it, and nothing else where its kind needs only modules', () => {
    expect(composeNeeds(flatpak(['nss:rhel8:2:c']), null, RULES)).toEqual([
      moduleCompose(['nss:rhel8:2:c'], ['x86_64']),
    ])
    expect(composeNeeds(flatpak([]), null, RULES)).toEqual([])
    expect(composeNeeds(flatpak(['b']), NO_COMPOSE_FACTS, RULES).map(({ type }) => type)).toEqual([
      'module',
      'pulp',
    ])
  })

  it('share one compose, sorted and without duplicates, for all architectures of the image', () => {
    const modules = ['nss:rhel8:2:c', 'flatpak:rhel8:1:a', 'nss:rhel8:2:c']
    expect(moduleCompose(modules, ['x86_64', 'aarch64'])).toEqual({
      type: 'module',
      source: 'flatpak:rhel8:1:a nss:rhel8:2:c',
      packages: [],
      builds: [],
      flags: [],
      sigkeys: [],
      arches: ['aarch64', 'x86_64'],
    })
  })
})
