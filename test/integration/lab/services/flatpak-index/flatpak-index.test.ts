/** The flatpak index: the latest published flatpaks by module. */
import { expect, it } from 'vitest'
import { labForTest } from '../../../../support/lab/lab.ts'

const FLATPAKS = ['sketchbook-container-3.2-7', 'slideshow-container-1.1-12', 'scanner-container-2.0-3']

it('the index lists flatpaks by the stream of a module, and answers 404 for every other', async () => {
  const { urls } = await labForTest()
  const get = (file: string) => fetch(`${urls.FLATPAK_URL}/released/contents/modules/${file}`)
  const known = (await (await get('image-libs:rhel8.json')).json()) as { Images: { ImageNvr: string }[] }
  expect(known.Images.map(({ ImageNvr: nvr }) => nvr)).toEqual(FLATPAKS)
  for (const file of ['image-libs:rhel9.json', 'image-libs:rhel8', 'nothing'])
    expect((await get(file)).status).toBe(404)
})

it('the index lists the last published release of each', async () => {
  const { urls, world } = await labForTest()
  const [sketchbook] = world.images.filter(({ name }) => name === 'sketchbook-container')
  if (!sketchbook) throw new Error('The catalogue has no sketchbook.')
  const next = (nvr: string, published: boolean) => ({
    ...sketchbook,
    nvr,
    locations: sketchbook.locations.map((place) => ({ ...place, published })),
  })
  world.images = [
    ...world.images,
    next('sketchbook-container-3.2-8', true),
    next('sketchbook-container-3.2-9', false),
  ]
  const answer = await fetch(`${urls.FLATPAK_URL}/released/contents/modules/image-libs:rhel8.json`)
  const { Images: images } = (await answer.json()) as { Images: { ImageNvr: string }[] }
  expect(images.map(({ ImageNvr: nvr }) => nvr)).toContain('sketchbook-container-3.2-8')
  expect(images).toHaveLength(FLATPAKS.length)
})
