/** The sources of images in the build system: commit, target and architectures, or the reason why they are not known. */
import { describe, expect, test } from 'vitest'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { hubWithImages, kojiClient } from '../../../support/lab/koji-client.ts'
import { containerBuild } from '../../../support/lab/koji-structs.ts'

describe('sources of images', () => {
  const OPTIONS = { imageExtraRepo: {}, supplyArchOverrides: false }
  const entry = (parent: XmlRpcInput) => ({
    parent_image_builds: { 'registry.example.com/parent:1': parent },
  })

  test('are read in one request for the builds and one for the tasks', async () => {
    const hub = await hubWithImages([
      containerBuild(1, 'app-container-1-1'),
      containerBuild(2, 'web-container-1-1'),
    ])
    const sources = await kojiClient(hub).buildSources(
      ['app-container-1-1', 'web-container-1-1', 'app-container-1-1'],
      OPTIONS,
    )
    expect(hub.received).toHaveLength(2)
    expect(sources.get('app-container-1-1')).toEqual({
      kojiBuildId: 1,
      repository: 'containers/app',
      commit: '89abcdef01',
      target: 'rhel-8-containers-candidate',
      branch: 'rhel-8',
      arches: null,
      odcsComposeIds: [101, 102],
      parent: { nvr: 'nginx-container-1.22-5' },
      filesystemTaskId: null,
      flatpak: false,
    })
    expect(sources.size).toBe(2)
  })

  test.each<[string, Record<string, XmlRpcInput>, object | null]>([
    ['is a text', { parent_build_id: '5' }, { nvr: 'nginx-container-1.22-5' }],
    [
      'is a text in its entry',
      entry({ id: '5', nvr: 'nginx-container-1.22-5' }),
      { nvr: 'nginx-container-1.22-5' },
    ],
    ['has no entry', { parent_build_id: 2 }, { nvr: 'web-container-1-1' }],
    ['has an empty entry', { parent_build_id: 2, ...entry(null) }, { nvr: 'web-container-1-1' }],
    [
      'has an entry that is not a valid NVR',
      { parent_build_id: 2, ...entry({ id: 2, nvr: 'web' }) },
      { nvr: 'web-container-1-1' },
    ],
    [
      'is that of no build',
      { parent_build_id: 9 },
      { error: expect.stringMatching(/is build 9, .*: Koji does not know it\.$/) },
    ],
    [
      'cannot be read',
      { parent_build_id: {} },
      { error: expect.stringMatching(/its parent_build_id cannot be read\.$/) },
    ],
    ['is missing', { parent_build_id: null }, null],
    ['is 0', { parent_build_id: 0 }, null],
    ['is an empty text', { parent_build_id: '' }, null],
  ])('have a parent whose number %s, or the reason why it is not known', async (_what, image, parent) => {
    const hub = await hubWithImages([
      containerBuild(1, 'app-container-1-1', {}, { image }),
      containerBuild(2, 'web-container-1-1'),
    ])
    const sources = await kojiClient(hub).buildSources(['app-container-1-1'], OPTIONS)
    expect(sources.get('app-container-1-1')).toMatchObject({ commit: '89abcdef01', parent })
  })

  test('include the architectures of the archives if these are to be supplied', async () => {
    const hub = await hubWithImages([containerBuild(1, 'app-container-1-1')])
    const sources = await kojiClient(hub).buildSources(['app-container-1-1'], {
      ...OPTIONS,
      supplyArchOverrides: true,
    })
    expect(sources.get('app-container-1-1')).toMatchObject({ arches: 'aarch64 x86_64' })
  })

  test('that are unknown have a reason, each its own', async () => {
    const hub = await hubWithImages([
      containerBuild(1, 'good-container-1-1'),
      containerBuild(2, 'no-task-container-1-1', {}, { extra: { container_koji_task_id: null } }),
      containerBuild(3, 'lost-task-container-1-1', { task_id: 404 }),
      containerBuild(4, 'base-container-8.9-1', {}, { extra: { filesystem_koji_task_id: 77 } }),
      containerBuild(5, 'odd-container-1-1', { state: 'COMPLETE' }),
    ])
    const named = ['good-container-1-1', 'gone-container-1-1', 'nonsense', 'no-task-container-1-1']
    const more = ['lost-task-container-1-1', 'base-container-8.9-1', 'odd-container-1-1']
    const sources = await kojiClient(hub).buildSources([...named, ...more], OPTIONS)
    const errors = Object.fromEntries(
      [...sources].map(([nvr, source]) => [nvr, 'error' in source ? source.error : null]),
    )
    expect(errors).toMatchObject({
      'good-container-1-1': null,
      'gone-container-1-1':
        'Cannot get data from Koji for build gone-container-1-1: Cannot find Koji build with nvr gone-container-1-1 in Koji.',
      nonsense: 'Cannot get data from Koji for build nonsense: invalid format: nonsense.',
      'lost-task-container-1-1':
        'Cannot get data from Koji for build lost-task-container-1-1: query returned no rows.',
      'base-container-8.9-1':
        'base-container-8.9 is a base image, but extra image repo for it is not specified in the Freshmaker configuration.',
    })
    expect(errors['no-task-container-1-1']).toMatch(
      /Cannot find task_id or container_koji_task_id in the Koji build \{/,
    )
    expect(errors['odd-container-1-1']).toContain("unexpected answer at 'state'")
  })
})
