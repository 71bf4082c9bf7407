/** Builds of modules, and of flatpaks from them. */
import { expect, it } from 'vitest'
import { FIXED_RASTER } from '../../../../../lab/catalogue/images-flatpaks.ts'
import { buildByNvr } from '../../../../../lab/services/koji/state.ts'
import { buildersForTest } from '../../../../support/lab/builders.ts'
import { callHub } from '../../../../support/lab/lab.ts'
import { SKETCHBOOK } from '../../../../support/rebuild/flatpaks.ts'

const MODULE = 'image-libs-rhel8-8090020261101080001.9e153712'

it('builds of a module have the document that describes it', async () => {
  const { url } = await buildersForTest()
  const build = await callHub(url, 'getBuild', [MODULE])
  expect(build).toMatchObject({
    name: 'image-libs',
    version: 'rhel8',
    release: '8090020261101080001.9e153712',
    epoch: null,
    extra: {
      typeinfo: { module: { modulemd_str: expect.stringContaining('  version: 8090020261101080001\n') } },
    },
  })
})

it('builds of a flatpak contain the packages of the modules in its composes', async () => {
  const { url, world, submit, ended } = await buildersForTest()
  const [compose] = world.odcs.composes.values()
  if (!compose) throw new Error('There is no compose.')
  const source = 'image-libs:rhel8:8090020261101080001:9e153712'
  world.odcs.composes.set(900, { ...compose, id: 900, sourceType: 'module', source })
  const id = await submit({ nvr: SKETCHBOOK, release: '7.1', more: { flatpak: true, compose_ids: [900] } })
  expect((await ended(id)).state).toBe('CLOSED')
  expect(buildByNvr(world.koji, 'sketchbook-container-3.2-7.1')?.image?.rpms).toContainEqual(FIXED_RASTER)
  const build = await callHub(url, 'getBuild', ['sketchbook-container-3.2-7.1'])
  expect(build).toMatchObject({ extra: { image: { flatpak: true } } })
})

it.each([
  [SKETCHBOOK, {}, 'is a flatpak'],
  ['nodejs-18-container-1-92', { flatpak: true }, 'is not a flatpak'],
])('builds of %s are refused with the options %j', async (nvr, more, text) => {
  const { submit, ended, world } = await buildersForTest()
  const id = await submit({ nvr, release: '99.1', more })
  expect((await ended(id)).state).toBe('FAILED')
  expect(world.koji.tasks.get(id)?.fault?.text).toContain(text)
})
