/** The Errata Tool: every address that the service reads, in the recorded shapes (behaviour/freshmaker 9.1). */
import { type Context, Hono } from 'hono'
import type { LabAdvisory } from '../../catalogue/entry.ts'
import { verbAndPath, withFaults } from '../../faults.ts'
import type { World } from '../../world.ts'
import {
  advisoryBuilds,
  buildAnswer,
  buildsByCve,
  buildsList,
  erratumAnswer,
  legacyAdvisory,
  legacyBuilds,
  searchAnswer,
} from './answers.ts'

/** The answer of each address under an advisory. The ending `.json` is part of the legacy addresses. */
const UNDER_ADVISORY: Record<string, (world: World, advisory: LabAdvisory) => object> = {
  '/api/v1/erratum/:id': (_world, advisory) => erratumAnswer(advisory),
  '/api/v1/erratum/:id/builds': (_world, advisory) => advisoryBuilds(advisory.builds),
  '/api/v1/erratum/:id/builds_list': (_world, advisory) => buildsList(advisory),
  '/api/v1/erratum/:id/builds_by_cve': (_world, advisory) => buildsByCve(advisory),
  '/advisory/:id.json': legacyAdvisory,
  '/advisory/:id/builds.json': (_world, advisory) => legacyBuilds(advisory),
  '/advisory/:id/bugs.json': (_world, advisory) =>
    Object.entries(advisory.bugs).map(([id, flags]) => ({ id: Number(id), flags, is_security: 1 })),
  '/advisory/:id/jira_issues.json': (_world, advisory) =>
    advisory.jiraIssues.map((key, index) => ({ id: 900_000 + index, key, summary: advisory.synopsis })),
  '/errata/get_pulp_packages/:id.json': (_world, advisory) =>
    Object.fromEntries(
      advisory.pulpRepositories.map((id) => [id, advisory.builds.map((build) => build.nvr)]),
    ),
  '/errata/blocking_errata_for/:id.json': (_world, advisory) => advisory.blockedBy,
}

/** Serves the advisories, products and releases of a world. */
export function createErrataApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'errata', verbAndPath))
  for (const [path, shape] of Object.entries(UNDER_ADVISORY))
    app.get(
      path.replace(/:id(\.json)?/, (_all, json) => (json ? ':id{\\d+\\.json}' : ':id{\\d+}')),
      (c) => {
        const advisory = world.advisories.get(Number.parseInt(c.req.param('id') ?? '', 10))
        return advisory ? c.json(shape(world, advisory)) : notFound(c, 'advisory')
      },
    )
  app.get('/api/v1/erratum/search', (c) => c.json(searchAnswer(world, new URL(c.req.url).searchParams)))
  addProducts(app, world)
  app.notFound((c) => c.json({ status: 404, error: 'Not Found' }, 404))
  return app
}

function addProducts(app: Hono, world: World): void {
  const { products, productVersions, releases } = world.catalogue
  app.get('/api/v1/releases/:id{\\d+}', (c) => {
    const release = releases.find(({ id }) => id === Number(c.req.param('id')))
    if (!release) return notFound(c, 'release')
    const { id, ...attributes } = release
    return c.json({
      data: { id, type: 'releases', attributes: { ...attributes, is_active: true }, relationships: {} },
    })
  })
  app.get('/products/:id{\\d+\\.json}', (c) => {
    const product = products.find(({ id }) => id === Number.parseInt(c.req.param('id'), 10))
    if (!product) return notFound(c, 'product')
    const { id, name, shortName } = product
    return c.json({ product: { id, name, short_name: shortName, description: name, isactive: 1 } })
  })
  app.get('/products/:pid{\\d+}/product_versions.json', (c) => {
    const versions = productVersions.filter(({ productId }) => productId === Number(c.req.param('pid')))
    return c.json(versions.map(({ id, name }) => ({ product_version: { id, name, enabled: 1 } })))
  })
  app.get('/products/:pid{\\d+}/product_versions/:id{\\d+\\.json}', (c) => {
    const version = productVersions.find(({ id }) => id === Number.parseInt(c.req.param('id'), 10))
    if (!version) return notFound(c, 'product version')
    return c.json({ id: version.id, name: version.name, rhel_release: { name: version.rhelRelease } })
  })
  app.get('/api/v1/build/:nvr', (c) => {
    const answer = buildAnswer(world, c.req.param('nvr'))
    return answer ? c.json(answer) : notFound(c, 'build')
  })
}

function notFound(c: Context, what: string) {
  return c.json({ status: 404, error: `Couldn't find ${what} ${c.req.path}` }, 404)
}
