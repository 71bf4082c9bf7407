/** A git web server: raw files by commit or branch, as Pagure and GitLab serve them (behaviour/greenwave 4.1). */
import { type Context, Hono } from 'hono'
import { takeFault, withFaults } from '../../faults.ts'
import { refuseLongRequestLines, type World } from '../../world.ts'
import { fileAt } from './state.ts'

/** Serves the repositories of a world. */
export function createDistGitApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'distgit', async (c) => [`${c.req.method} raw`, c.req.path]))
  app.use(refuseLongRequestLines(world, 'distgit'))
  app.get('*', (c) => {
    const { path } = c.req
    if (takeFault(world, 'distgit', ['GET raw', path], ({ kind }) => kind === 'redirect'))
      return c.redirect(world.distGit.redirectTo)
    return rawFile(world, c)
  })
  return app
}

/** `/rpms/nethack/raw/{ref}/f/gating.yaml`; some servers have no `f`. */
function rawFile(world: World, c: Context): Response {
  const [, repository = '', ref = '', path = ''] =
    /^\/(.+?)\/raw\/([^/]+)\/(?:f\/)?(.+)$/.exec(c.req.path) ?? []
  const text = fileAt(world.distGit, repository, decodeURIComponent(ref), path)
  if (text === undefined) return c.html('<html><body><h1>Page not found (404)</h1></body></html>', 404)
  return c.text(text)
}
