/** The RPMs of builds and images in the build system, with their epochs, and the labels of images. */
import { describe, expect, test } from 'vitest'
import { KojiFault } from '../../../../src/clients/koji/hub/fault.ts'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { startHub } from '../../../support/lab/fake-hub.ts'
import { hubWithImages, kojiClient } from '../../../support/lab/koji-client.ts'
import { containerBuild, imageArchive, rpm } from '../../../support/lab/koji-structs.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

test('the epochs of RPMs are those that the builds of RPMs are listed with', async () => {
  const hub = await startHub()
  const ofPerl: XmlRpcInput[] = [
    { ...rpm('perl', '5.26.3', '421.el8', 'src'), epoch: 4 },
    { ...rpm('perl-IO', '1.38', '421.el8', 'x86_64'), epoch: null },
    { ...rpm('perl-IO', '1.38', '421.el8', 'aarch64'), epoch: null },
    { ...rpm('perl-Odd', '1.0', '421.el8', 'x86_64'), epoch: 'odd' },
    { name: 'nothing else' },
  ]
  hub.methods.listRPMs = (_params, { buildID }) => {
    if (buildID === 3) throw new KojiFault(1000, 'no such build')
    return buildID === 1 ? ofPerl : []
  }
  const koji = kojiClient(hub)
  expect([...(await koji.rpmEpochs([1, 2, 3]))]).toEqual([
    ['perl-5.26.3-421.el8', 4],
    ['perl-IO-1.38-421.el8', 0],
  ])
  expect(hub.received).toHaveLength(1)
  expect([...(await koji.rpmNames([1, 2, 3]))]).toEqual(['perl', 'perl-IO', 'perl-Odd'])
  hub.methods.listRPMs = () => {
    throw new KojiFault(1014, 'offline')
  }
  await expect(koji.rpmEpochs([1])).rejects.toMatchObject({ code: 1014 })
})

describe('the RPMs of an image', () => {
  const listed: Record<number, XmlRpcInput[]> = {
    10: [rpm('openssl-libs', '1.1.1k', '12.el8_9', 'x86_64'), rpm('tzdata', '2026a', '1.el8', 'noarch')],
    11: [rpm('openssl-libs', '1.1.1k', '14.el8_9', 'aarch64'), rpm('tzdata', '2026a', '1.el8', 'noarch')],
  }

  async function hubWithRpms(rpms: Record<number, XmlRpcInput[]>, changes = {}) {
    const hub = await hubWithImages([containerBuild(1, 'app-container-1-1', changes)])
    hub.methods.listRPMs = (_params, { imageID }) => rpms[Number(imageID)] ?? []
    return hub
  }

  /** A server of the hub's files with one metadata file. */
  async function filesWith(path: string) {
    const rpmOf = (arch: string, release: string) => ({
      type: 'rpm',
      name: 'openssl-libs',
      version: '1.1.1k',
      release,
      arch,
      epoch: 1,
      sigmd5: 'x',
      signature: null,
    })
    return serve((request, response) => {
      if (request.url === '/moved') return
      if (request.url !== path) return sendJson(response, {}, 404)
      sendJson(response, {
        metadata_version: 0,
        output: [
          { type: 'log', filename: 'build.log', arch: 'noarch' },
          {
            type: 'docker-image',
            arch: 'x86_64',
            components: [rpmOf('x86_64', '12.el8_9'), { type: 'other' }],
          },
          { type: 'docker-image', arch: 'aarch64', components: [rpmOf('aarch64', '14.el8_9')] },
        ],
      })
    })
  }

  test('are the distinct RPMs of all its architectures', async () => {
    const hub = await hubWithRpms(listed)
    const { rpms, isWhole, everywhere } = await kojiClient(hub).listedRpms(1)
    expect(isWhole).toBe(true)
    expect([...everywhere]).toEqual(['openssl-libs', 'tzdata'])
    expect(rpms.map(({ nvr, arch }) => `${nvr}.${arch}`)).toEqual([
      'openssl-libs-1.1.1k-12.el8_9.x86_64',
      'tzdata-2026a-1.el8.noarch',
      'openssl-libs-1.1.1k-14.el8_9.aarch64',
    ])
    expect(rpms[0]).toMatchObject({
      name: 'openssl-libs',
      nvr: 'openssl-libs-1.1.1k-12.el8_9',
      arch: 'x86_64',
    })
  })

  test('of a build that is guessed in time need one request fewer, those of another build are not touched', async () => {
    const hub = await hubWithRpms(listed)
    hub.methods.getBuild = ([id]) => (id === 1 ? containerBuild(1, 'app-1-1') : null)
    hub.methods.listArchives = (_params, { buildID }) =>
      buildID === 1 ? [imageArchive(10, 'x86_64'), imageArchive(11, 'aarch64')] : []
    const koji = kojiClient(hub)
    koji.prefetchImage(1)
    koji.prefetchImage(2)
    const outcome = koji.taskOutcome(5)
    const [built, list] = await Promise.all([koji.recentBuild(1), koji.listedRpms(1)])
    expect([await outcome, built?.nvr, list.rpms.length]).toEqual([{ kind: 'lost' }, 'app-1-1', 3])
    expect(hub.received).toHaveLength(2)
    expect(await koji.listedRpms(2)).toMatchObject({ rpms: [], isWhole: false })
    expect(await koji.recentBuild(2)).toBeNull()
    expect(hub.ran.filter((method) => method === 'listArchives')).toHaveLength(3)
  })

  test.each([
    ['none', { 10: [], 11: [] }],
    ['none for one architecture', { 10: listed[10] ?? [] }],
  ])('are known to be incomplete when the hub lists %s', async (_name, rpms) => {
    const hub = await hubWithRpms(rpms)
    expect(await kojiClient(hub).listedRpms(1)).toMatchObject({ isWhole: false })
  })

  test('have the names that every architecture has, as one may lack what another has', async () => {
    const hub = await hubWithRpms({ 10: listed[10] ?? [], 11: (listed[11] ?? []).slice(1) })
    const list = await kojiClient(hub).listedRpms(1)
    expect([[...list.everywhere], list.isWhole, list.rpms.length]).toEqual([['tzdata'], true, 2])
  })

  test('are incomplete when the hub refuses to list them, but not when it is in trouble', async () => {
    const hub = await hubWithRpms({})
    let code = 1019
    hub.methods.listRPMs = () => {
      throw new KojiFault(code, 'no list today')
    }
    expect(await kojiClient(hub).listedRpms(1)).toMatchObject({ rpms: [], isWhole: false, unreadable: 0 })
    code = 1014
    await expect(kojiClient(hub).listedRpms(1)).rejects.toMatchObject({ code: 1014 })
  })

  test.each(['listArchives', 'listRPMs'])(
    'are incomplete when the answer to %s is not a list: the metadata file may have them',
    async (method) => {
      const hub = await hubWithRpms(listed)
      hub.methods[method] = () => 'odd'
      expect(await kojiClient(hub).listedRpms(1)).toMatchObject({ rpms: [], isWhole: false, unreadable: 0 })
    },
  )

  test('lose only the record that cannot be read', async () => {
    const odd = [{ name: null, version: '1', release: '1', arch: 'x86_64' }, 'text', null]
    const hub = await hubWithRpms({ 10: [...(listed[10] ?? []), ...odd], 11: listed[11] ?? [] })
    const { rpms, unreadable } = await kojiClient(hub).listedRpms(1)
    expect(rpms).toHaveLength(3)
    expect(unreadable).toBe(3)
  })

  test('have no epoch where it cannot be read, which is not epoch 0', async () => {
    const ofImage = ['1', 1, null, 'odd', true].map((epoch, index) => ({
      ...rpm(`image-${index}`, '1', '1', 'x86_64'),
      epoch,
    }))
    const hub = await hubWithRpms({ 10: ofImage, 11: listed[11] ?? [] })
    const { rpms, unreadable } = await kojiClient(hub).listedRpms(1)
    expect(rpms.slice(0, 5).map(({ epoch }) => epoch)).toEqual([1, 1, 0, null, null])
    expect(unreadable).toBe(0)
  })

  test.each([
    ['its folder', '/packages/app-container/1/1/metadata.json', {}],
    [
      'the volume the build is on',
      '/vol/big/packages/app-container/1/1/metadata.json',
      { volume_name: 'big' },
    ],
  ])('are read whole from the metadata file in %s', async (_where, path, build) => {
    const hub = await hubWithRpms({}, build)
    const files = await filesWith(path)
    const { rpms, isWhole } = await kojiClient(hub, { topUrl: files.url }).metadataRpms('app-container-1-1')
    expect(isWhole).toBe(true)
    expect(rpms.map(({ nvr, arch }) => `${nvr}.${arch}`)).toEqual([
      'openssl-libs-1.1.1k-12.el8_9.x86_64',
      'openssl-libs-1.1.1k-14.el8_9.aarch64',
    ])
  })

  test('in a metadata file that does not name them are counted', async () => {
    const hub = await hubWithRpms({})
    const files = await serve((_request, response) =>
      sendJson(response, {
        output: [{ type: 'docker-image', components: [{ type: 'rpm', name: 'bash' }, 7] }],
      }),
    )
    const found = kojiClient(hub, { topUrl: files.url }).metadataRpms('app-container-1-1')
    expect(await found).toMatchObject({ rpms: [], isWhole: true, unreadable: 2 })
  })

  test('cannot be verified by a metadata file that has none for an architecture', async () => {
    const hub = await hubWithRpms({})
    const known = { type: 'rpm', name: 'bash', version: '1', release: '1', arch: 'x86_64' }
    const files = await serve((_request, response) =>
      sendJson(response, {
        output: [{ type: 'docker-image', components: [known] }, { type: 'docker-image' }],
      }),
    )
    await expect(
      kojiClient(hub, { topUrl: files.url }).metadataRpms('app-container-1-1'),
    ).rejects.toMatchObject({
      name: 'NotVerifiable',
    })
  })

  test('cannot be verified, rather than being none, when no metadata file is known', async () => {
    const hub = await hubWithRpms({})
    const files = await filesWith('/elsewhere')
    for (const koji of [kojiClient(hub, { topUrl: files.url }), kojiClient(hub)])
      await expect(koji.metadataRpms('app-container-1-1')).rejects.toMatchObject({ name: 'NotVerifiable' })
  })
})

test('the labels of an image are those of its archives', async () => {
  const hub = await startHub()
  hub.methods.listArchives = () => [
    imageArchive(1, 'x86_64', { 'com.redhat.openshift.versions': 'v4.5,v4.6', version: '1' }),
    imageArchive(2, 'aarch64', { version: '1' }),
  ]
  expect(await kojiClient(hub).imageLabels(8)).toEqual({
    'com.redhat.openshift.versions': 'v4.5,v4.6',
    version: '1',
  })
})
