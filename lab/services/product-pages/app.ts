/** Product Pages: the schedules of OpenShift versions (behaviour/freshmaker 9.7). */
import { Hono } from 'hono'
import { verbAndPath, withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'

/** Serves the OpenShift versions of a catalogue, without authentication. */
export function createProductPagesApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'product-pages', verbAndPath))
  app.get('/releases/:release/schedule-tasks/', (c) => {
    const version = /^openshift-(.+)$/.exec(c.req.param('release'))?.[1] ?? ''
    const known = world.catalogue.openshiftVersions
    if (!Object.hasOwn(known, version)) return c.json({ detail: 'No Release matches the given query.' }, 404)
    const date = known[version]
    const isRequested = c.req.query('flags_or__in')?.split(',').includes('ga')
    return c.json(date && isRequested ? [{ name: `GA ${version}`, date_finish: date }] : [])
  })
  return app
}
