/** The flatpak index: the latest published flatpaks by the modules in them (behaviour/freshmaker 6.8). */
import { Hono } from 'hono'
import type { LabImage } from '../../catalogue/entry.ts'
import { verbAndPath, withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'

/** Serves the files of the index, without authentication. */
export function createFlatpakIndexApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'flatpak-index', verbAndPath))
  app.get('/released/contents/modules/:file', (c) => {
    const stream = /^(.+)\.json$/.exec(c.req.param('file'))?.[1] ?? ''
    const images = latestFlatpaks(world.images).filter(({ flatpak }) => flatpak?.modules.includes(stream))
    if (images.length === 0) return c.html('<html><head><title>404 Not Found</title></head></html>', 404)
    const listed = images.map(({ nvr, rpms }) => ({
      ImageNvr: nvr,
      ModuleNvr: null,
      PackageBuilds: rpms.map(({ source, version, release }) => `${source}-${version}-${release}`),
    }))
    return c.json({ Images: listed })
  })
  return app
}

/** The last image of each name that is published. */
function latestFlatpaks(images: readonly LabImage[]): LabImage[] {
  const published = images.filter(({ locations }) => locations.some((place) => place.published))
  return [...new Map(published.map((image) => [image.name, image])).values()]
}
