/** Partial imports: the hub drops RPMs that it does not know from its lists, and metadata.json still has them. */
import { describe, expect, it } from 'vitest'
import { shipAdvisory } from '../../../../../lab/services/errata/ship.ts'
import { createKojiClient } from '../../../../../src/clients/koji/client.ts'
import { kwargs } from '../../../../../src/lib/xmlrpc/index.ts'
import { buildersForTest } from '../../../../support/lab/builders.ts'
import { clientOptions } from '../../../../support/lab/client-options.ts'
import { asStructs, callHub } from '../../../../support/lab/lab.ts'

const PERL = 'perl-532-container-1-61'

type Metadata = { output: { components: { name: string; version: string; release: string }[] }[] }

async function hubForTest() {
  const lab = await buildersForTest()
  const { urls } = lab
  const listed = async (nvr: string) => {
    const id = await callHub(urls.KOJI_BASE_URL, 'findBuildID', [nvr])
    const archives = asStructs(await callHub(urls.KOJI_BASE_URL, 'listArchives', [id]))
    const lists = archives.map((archive) =>
      callHub(urls.KOJI_BASE_URL, 'listRPMs', [kwargs({ imageID: Number(archive.id) })]),
    )
    return (await Promise.all(lists)).flatMap(asStructs).map(({ nvr: rpm }) => String(rpm))
  }
  const inMetadata = async (nvr: string) => {
    const path = nvr.replace(/^(.+)-([^-]+)-([^-]+)$/, '$1/$2/$3')
    const metadata = await (await fetch(`${urls.KOJI_TOP_URL}/packages/${path}/metadata.json`)).json()
    const { output } = metadata as Metadata // the lab's own file
    return output
      .flatMap(({ components }) => components)
      .map((rpm) => `${rpm.name}-${rpm.version}-${rpm.release}`)
  }
  const rebuild = async (nvr: string, release: string, parent?: string) => {
    await lab.ended(await lab.submit({ nvr, release, parent }))
    return nvr.replace(/[^-]+$/, release)
  }
  return { ...lab, listed, inMetadata, rebuild }
}

describe('an image with RPMs that the hub does not import', () => {
  it('has a partial list in every build, and a complete metadata.json', async () => {
    const { world, listed, inMetadata, rebuild } = await hubForTest()
    shipAdvisory(world, 133001)
    const ubi = await rebuild('ubi9-container-9.3-1610', '1610.1')
    const s2i = await rebuild('s2i-base-rhel9-container-1-238', '238.1', ubi)
    const perl = await rebuild(PERL, '61.1', s2i)
    const fixed = 'openssl-libs-3.0.7-27.el9_3'
    expect(await listed(s2i)).toContain(fixed)
    const rpms = await listed(perl)
    expect(rpms).toContain('openssl-3.0.7-27.el9_3')
    expect(rpms.filter((rpm) => rpm.startsWith('openssl-libs-'))).toEqual([])
    expect(await inMetadata(perl)).toEqual(expect.arrayContaining([...rpms, fixed]))
    expect((await listed(PERL)).filter((rpm) => rpm.startsWith('openssl-libs-'))).toEqual([])
  })

  it('can be chosen by name or by NVR, and the list can become empty', async () => {
    const { world, listed, inMetadata } = await hubForTest()
    const [nodejs, old] = ['nodejs-18-container-1-92', 'nodejs-18-container-1-80']
    world.koji.unimportedRpms.set('nodejs-18-container', ['glibc'])
    world.koji.unimportedRpms.set(nodejs, [...new Set((await inMetadata(nodejs)).map(nameOf))])
    expect(await listed(nodejs)).toEqual([])
    expect((await listed(old)).map(nameOf)).not.toContain('glibc')
    expect(await listed(old)).not.toEqual([])
    expect((await inMetadata(nodejs)).map(nameOf)).toContain('glibc')
  })

  it('is listed without them to the client of the service', async () => {
    const { urls, world } = await hubForTest()
    const koji = createKojiClient({
      ...clientOptions(urls.KOJI_BASE_URL),
      topUrl: urls.KOJI_TOP_URL,
      auth: { kind: 'none' },
      requestsPerSecond: 1000,
    })
    const id = world.koji.buildIds.get(PERL) ?? 0
    const { rpms } = await koji.listedRpms(id)
    await koji.close()
    expect(rpms.map(({ name }) => name)).toContain('openssl')
    expect(rpms.map(({ name }) => name)).not.toContain('openssl-libs')
  })
})

const nameOf = (nvr: string) => nvr.replace(/-[^-]+-[^-]+$/, '')
