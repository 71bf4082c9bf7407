/** The service's own clients against the lab: both sides speak the same protocols. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { shipAdvisory } from '../../../lab/services/errata/ship.ts'
import { createErrataClient } from '../../../src/clients/errata/client.ts'
import { createKojiClient } from '../../../src/clients/koji/client.ts'
import { createOdcsClient } from '../../../src/clients/odcs/client.ts'
import { createPulpClient } from '../../../src/clients/pulp/client.ts'
import { createPyxisClient } from '../../../src/clients/pyxis/client.ts'
import { OutcomeUnknown } from '../../../src/lib/errors.ts'
import { clientOptions } from '../../support/lab/client-options.ts'
import { labForTest, until } from '../../support/lab/lab.ts'

async function clientsForTest() {
  const lab = await labForTest()
  const { urls } = lab
  const clients = {
    errata: createErrataClient(clientOptions(urls.ERRATA_URL)),
    pulp: createPulpClient(clientOptions(urls.PULP_URL)),
    pyxis: createPyxisClient({ ...clientOptions(urls.PYXIS_GRAPHQL_URL), pageSize: 40, smallPageSize: 10 }),
    odcs: createOdcsClient(clientOptions(urls.ODCS_URL)),
    koji: createKojiClient({
      ...clientOptions(urls.KOJI_BASE_URL),
      topUrl: urls.KOJI_TOP_URL,
      auth: { kind: 'password', user: 'freshwave', password: 'freshwave' },
      requestsPerSecond: 1000,
    }),
  }
  onTestFinished(async () => {
    await Promise.all(Object.values(clients).map((client) => client.close()))
  })
  return { ...lab, ...clients }
}

const NODEJS = 'nodejs-18-container-1-92'
const sourceOptions = { imageExtraRepo: {}, supplyArchOverrides: true }

/** The request that the service sends to rebuild an image. */
async function rebuildOf(
  koji: Awaited<ReturnType<typeof clientsForTest>>['koji'],
  nvr: string,
  release: string,
) {
  const source = (await koji.buildSources([nvr], sourceOptions)).get(nvr)
  if (!source || 'error' in source) throw new Error(`${nvr} has no build source`)
  const { repository, commit, target, branch } = source
  return {
    source: `git://dist-git.example.com/${repository}#${commit}`,
    target,
    opts: { scratch: false, git_branch: branch, isolated: true as const, release },
  }
}

describe('discovery', () => {
  it('reads the advisory, its packages and its content sets', async () => {
    const { errata, pulp } = await clientsForTest()
    expect(await errata.advisory(133001)).toMatchObject({
      id: 133001,
      name: 'RHSA-2026:9101-03',
      state: 'PUSH_READY',
      contentTypes: ['rpm'],
      securityImpact: 'critical',
      productShortName: 'RHEL',
      releaseName: 'RHEL-8.9.0.Z.MAIN',
      cves: ['CVE-2026-0727', 'CVE-2026-2511'],
      isMajorIncident: true,
    })
    expect(await errata.advisory(99)).toBeNull()
    expect((await errata.fixedRpms(133001)).byCve.sort()).toEqual([
      'openssl-1.1.1k-14.el8_9',
      'openssl-3.0.7-27.el9_3',
      'openssl-devel-1.1.1k-14.el8_9',
      'openssl-devel-3.0.7-27.el9_3',
      'openssl-libs-1.1.1k-14.el8_9',
      'openssl-libs-3.0.7-27.el9_3',
    ])
    expect(await errata.allBuildsSigned(133001)).toBe(true)
    expect((await pulp.contentSets(await errata.pulpRepoIds(133001))).contentSets).toHaveLength(8)
  })

  it('finds at least the images to rebuild, on several pages, while the database times out on large ones', async () => {
    const { errata, pulp, pyxis, world } = await clientsForTest()
    world.faults.push({ service: 'pyxis', kind: 'mongo-timeout', operation: 'find_images', aboveRows: 5 })
    const { repositories } = await pyxis.findRepositories({
      published: true,
      releaseCategories: ['Generally Available', 'Tech Preview'],
    })
    const { images } = await pyxis.imagesWithRpms({
      repositories: repositories.filter(({ autoRebuildTags }) => (autoRebuildTags ?? []).length > 0),
      contentSets: (await pulp.contentSets(await errata.pulpRepoIds(133001))).contentSets,
      rpmNames: ['openssl', 'openssl-libs', 'openssl-devel'],
      published: true,
    })
    const found = new Set(images.map(({ nvr }) => nvr))
    const expected = world.catalogue.images
      .filter((entry) => entry.expect === 'rebuilt')
      .map(({ nvr }) => nvr)
    expect(expected.filter((nvr) => !found.has(nvr))).toEqual([])
    const nodejs = images.find(({ nvr }) => nvr === NODEJS)
    expect(nodejs).toMatchObject({
      arches: ['aarch64', 'x86_64'],
      parentBrewBuild: 's2i-core-container-1-441',
    })
    expect(nodejs?.rpms).toContainEqual(
      expect.objectContaining({
        name: 'openssl-libs',
        nvr: 'openssl-libs-1.1.1k-12.el8_9',
        arch: 'aarch64',
        srpmName: 'openssl',
        srpmNvr: 'openssl-1.1.1k-12.el8_9',
      }),
    )
  })

  it('reads the sources of images, and the reasons why some have none', async () => {
    const { koji, world } = await clientsForTest()
    const micro = 'ubi8-micro-container-8.9-13'
    const sources = await koji.buildSources([NODEJS, micro, 'no-such-1-1'], sourceOptions)
    const image = world.images.find(({ nvr }) => nvr === NODEJS)
    expect(sources.get(NODEJS)).toMatchObject({
      repository: 'containers/nodejs-18',
      commit: image?.commit,
      target: 'rhel-8-containers-candidate',
      branch: 'rhel-8.9.0',
      arches: 'aarch64 x86_64',
      odcsComposeIds: [101],
      filesystemTaskId: null,
    })
    expect(sources.get(micro)).toMatchObject({ error: expect.stringContaining('is a base image') })
    expect(sources.get('no-such-1-1')).toEqual({ error: expect.stringContaining('Cannot find Koji build') })
  })
})

describe('building', () => {
  it('submits a build, waits for it, and finds the fixed packages in the result', async () => {
    const { koji, world } = await clientsForTest()
    shipAdvisory(world, 133001)
    const taskId = await koji.submitContainer(await rebuildOf(koji, 'ubi8-container-8.9-1028', '1028.1'))
    await until(async () => (await koji.taskInfos([taskId])).get(taskId)?.state === 'CLOSED')
    const outcome = await koji.taskOutcome(taskId)
    const kojiBuildId = 'kojiBuildId' in outcome ? outcome.kojiBuildId : null
    const { rpms } = await koji.listedRpms(Number(kojiBuildId))
    expect(new Set(rpms.map(({ arch }) => arch))).toEqual(new Set(['x86_64', 'aarch64', 'noarch']))
    expect(rpms.filter(({ name }) => name === 'openssl-libs').map(({ nvr }) => nvr)).toEqual([
      'openssl-libs-1.1.1k-14.el8_9',
      'openssl-libs-1.1.1k-14.el8_9',
    ])
  })

  it('finds a build whose answer was lost, and never submits it twice', async () => {
    const { koji, world } = await clientsForTest()
    const request = await rebuildOf(koji, NODEJS, '92.1')
    const since = new Date(Date.now() - 60_000)
    world.faults.push({
      service: 'koji',
      kind: 'reset',
      stage: 'after',
      operation: 'buildContainer',
      times: 1,
    })
    await expect(koji.submitContainer(request)).rejects.toBeInstanceOf(OutcomeUnknown)
    const mine = await koji.findTasks({ since })
    expect(mine).toEqual([expect.objectContaining({ source: request.source, release: '92.1' })])
    expect(world.koji.duplicates).toBe(0)
  })

  it('continues after the session has expired, and reports why a task failed', async () => {
    const { koji, world } = await clientsForTest()
    expect((await koji.getLoggedInUser())?.name).toBe('freshwave')
    for (const session of world.koji.sessions.values()) session.expired = true
    const taskId = await koji.submitContainer(await rebuildOf(koji, NODEJS, '92'))
    await until(async () => (await koji.taskInfos([taskId])).get(taskId)?.state === 'FAILED')
    expect(JSON.stringify(await koji.taskOutcome(taskId))).toContain('Build already exists')
  })

  it('waits for a compose, and cancels a task', async () => {
    const { koji, odcs, world } = await clientsForTest()
    const compose = await odcs.requestCompose({
      type: 'pulp',
      source: 'jws-6-for-rhel-8-x86_64-rpms',
      flags: ['use_only_compatible_arch'],
    })
    expect(compose.state).toBe('wait')
    await until(async () => (await odcs.getCompose(compose.id))?.state === 'done')
    world.koji.wakeBuilder = () => undefined
    const taskId = await koji.submitContainer(await rebuildOf(koji, NODEJS, '92.1'))
    expect(await koji.cancelTask(taskId)).toEqual({ state: 'CANCELED' })
    expect(world.koji.tasks.get(taskId)?.state).toBe('CANCELED')
  })
})
