/** What an advisory fixes and contains: its RPMs, builds and repositories. */
import { describe, expect, test } from 'vitest'
import type { ErrataClient } from '../../../../src/clients/errata/client.ts'
import { advisoryAnswers, errataWith } from '../../../support/lab/fake-errata.ts'

const ID = 36762

describe('fixed RPMs', () => {
  const BUILDS = {
    'RHEL-8.9.0.Z': [
      {
        'openssl-1.1.1k-14.el8_9': {
          'BaseOS-8.9.0.Z': {
            x86_64: ['openssl-1.1.1k-14.el8_9.x86_64.rpm', 'openssl-libs-1.1.1k-14.el8_9.x86_64.rpm'],
            aarch64: ['openssl-1.1.1k-14.el8_9.aarch64.rpm'],
            SRPMS: ['openssl-1.1.1k-14.el8_9.src.rpm'],
          },
        },
      },
      { 'app-container-1-1': { 'BaseOS-8.9.0.Z': { multi: ['docker-image-1.x86_64.tar.gz'] } } },
    ],
    'RHEL-7.9.Z': [
      { 'openssl-1.0.2k-27.el7_9': { '7Server': { x86_64: ['openssl-1.0.2k-27.el7_9.x86_64.rpm'] } } },
    ],
  }
  const variant = (arch: string, ...files: string[]) => ({
    [arch]: files.map((filename) => ({ filename, is_signed: true })),
  })
  const BY_CVE = {
    'CVE-2026-1': {
      'RHEL-8.9.0.Z': {
        name: 'RHEL-8.9.0.Z',
        builds: [
          {
            'openssl-1.1.1k-14.el8_9': {
              nvr: 'openssl-1.1.1k-14.el8_9',
              variant_arch: {
                'BaseOS-8.9.0.Z': {
                  ...variant('x86_64', 'openssl-libs-1.1.1k-14.el8_9.x86_64.rpm'),
                  ...variant('SRPMS', 'openssl-1.1.1k-14.el8_9.src.rpm'),
                },
              },
            },
          },
        ],
      },
    },
    'CVE-2026-2': { 'RHEL-8.9.0.Z': { builds: [{ 'x-1-1': { nvr: 'x-1-1' } }] } },
  }
  const answers = (more = {}) => ({
    [`/advisory/${ID}/builds.json`]: BUILDS,
    [`/api/v1/erratum/${ID}/builds_by_cve`]: BY_CVE,
    ...more,
  })

  test('are the distinct binary RPMs, separate from their sources', async () => {
    const { client, paths } = await errataWith(answers())
    expect(await client.fixedRpms(ID)).toMatchObject({
      byCve: ['openssl-libs-1.1.1k-14.el8_9'],
      all: ['openssl-1.0.2k-27.el7_9', 'openssl-1.1.1k-14.el8_9', 'openssl-libs-1.1.1k-14.el8_9'],
      sourceBuilds: ['openssl-1.1.1k-14.el8_9'],
      buildOf: { 'openssl-libs-1.1.1k-14.el8_9': 'openssl-1.1.1k-14.el8_9' },
    })
    expect(paths()).toHaveLength(2)
  })

  const NOTHING = { byCve: [], all: [], sourceBuilds: [], buildOf: {}, unreadable: [] }

  test('are empty if the service lists none, or does not know the advisory', async () => {
    const lists = { [`/advisory/${ID}/builds.json`]: {}, [`/api/v1/erratum/${ID}/builds_by_cve`]: {} }
    const { client } = await errataWith({ ...advisoryAnswers(ID), ...lists })
    expect(await client.fixedRpms(ID)).toEqual(NOTHING)
    expect(await (await errataWith({})).client.fixedRpms(ID)).toEqual(NOTHING)
  })

  test.each([`/advisory/${ID}/builds.json`, `/api/v1/erratum/${ID}/builds_by_cve`])(
    'are not empty when %s is missing for a known advisory: that is trouble of the service',
    async (path) => {
      const { client } = await errataWith({ ...advisoryAnswers(ID), ...answers({ [path]: 404 }) })
      await expect(client.fixedRpms(ID)).rejects.toMatchObject({
        blame: 'service',
        message: `errata: GET ${path}: HTTP 404, but the advisory exists`,
      })
    },
  )

  test('are only those of product versions based on the configured RHEL', async () => {
    const { client } = await errataWith(
      answers({
        ...advisoryAnswers(ID),
        '/products/104/product_versions.json': [
          { product_version: { id: 1, name: 'RHEL-8.9.0.Z' } },
          { product_version: { id: 2, name: 'RHEL-7.9.Z' } },
        ],
        '/products/104/product_versions/1.json': { id: 1, rhel_release: { name: 'RHEL-8' } },
        '/products/104/product_versions/2.json': { id: 2, rhel_release: { name: 'RHEL-7' } },
      }),
      { rhelReleasePrefix: 'RHEL-7' },
    )
    expect(await client.fixedRpms(ID)).toMatchObject({
      byCve: [],
      all: ['openssl-1.0.2k-27.el7_9'],
      sourceBuilds: [],
    })
  })

  test.each([
    ['that cannot be read', { id: 2, rhel_release: { name: 7 } }, { id: 2, name: 'RHEL-7.9.Z' }],
    [
      'that is not readable in the list',
      { id: 2, rhel_release: { name: 'RHEL-7' } },
      { id: '2', name: 'RHEL-7.9.Z' },
    ],
  ])('lack those of a product version %s, which is reported', async (_title, version, listed) => {
    const { client } = await errataWith(
      answers({
        ...advisoryAnswers(ID),
        '/products/104/product_versions.json': [
          { product_version: { id: 1, name: 'RHEL-8.9.0.Z' } },
          { product_version: listed },
        ],
        '/products/104/product_versions/1.json': { id: 1, rhel_release: { name: 'RHEL-8' } },
        '/products/104/product_versions/2.json': version,
      }),
      { rhelReleasePrefix: 'RHEL-' },
    )
    const { all, unreadable } = await client.fixedRpms(ID)
    expect(all).toEqual(['openssl-1.1.1k-14.el8_9', 'openssl-libs-1.1.1k-14.el8_9'])
    expect(unreadable.map(({ path }) => path)).toEqual(['RHEL-7.9.Z'])
  })
})

describe('other queries', () => {
  test('return Pulp repositories, the keys of a map', async () => {
    const { client } = await errataWith({
      [`/errata/get_pulp_packages/${ID}.json`]: { 'rhel-8-baseos': ['a.rpm'], 'rhel-8-appstream': [] },
    })
    expect(await client.pulpRepoIds(ID)).toEqual(['rhel-8-baseos', 'rhel-8-appstream'])
    expect(await client.pulpRepoIds(1)).toEqual([])
  })

  test.each<[string, (client: ErrataClient) => Promise<unknown>]>([
    ['Pulp repositories', (client) => client.pulpRepoIds(ID)],
    ['attached builds', (client) => client.attachedBuilds(ID)],
    ['signatures', (client) => client.allBuildsSigned(ID)],
    ['blocking advisories', (client) => client.blockingAdvisories(ID)],
  ])('are not empty when the list of %s of a known advisory is missing', async (_name, query) => {
    const { client } = await errataWith(advisoryAnswers(ID))
    await expect(query(client)).rejects.toMatchObject({ blame: 'service', status: 404 })
  })

  test('return attached builds, each once', async () => {
    const version = { name: 'v', description: '', builds: [{ 'a-1-1': { nvr: 'a-1-1', variant_arch: {} } }] }
    const { client } = await errataWith({ [`/api/v1/erratum/${ID}/builds`]: { one: version, two: version } })
    expect(await client.attachedBuilds(ID)).toEqual({ read: ['a-1-1'], unreadable: [] })
  })

  test.each([
    [[true, true], true],
    [[true, false], false],
    [[true, null], false],
    [[], false],
  ])('report for builds signed as %j that all are signed: %s', async (signed, expected) => {
    const builds = signed.map((is_signed, index) => ({ [`a-1-${index}`]: { is_signed, sig_key: 'k' } }))
    const { client } = await errataWith({
      [`/api/v1/erratum/${ID}/builds_list?with_sig_key=1`]: { v: { builds } },
    })
    expect(await client.allBuildsSigned(ID)).toBe(expected)
  })
})
