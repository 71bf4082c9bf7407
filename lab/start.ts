/** Starts the lab: one HTTP server for each service and for the control API, on loopback, and the build machines. */
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Catalogue } from './catalogue/entry.ts'
import { exampleCatalogue } from './catalogue/example.ts'
import { createControlApp } from './control/app.ts'
import type { Service } from './fault-rule.ts'
import { createDistGitApp } from './services/distgit/app.ts'
import { createErrataApp } from './services/errata/app.ts'
import { createFlatpakIndexApp } from './services/flatpak-index/app.ts'
import { createJiraApp } from './services/jira/app.ts'
import { createKojiApp } from './services/koji/app.ts'
import { type BuilderOptions, startBuilder } from './services/koji/builder/machines.ts'
import { createOdcsApp } from './services/odcs/app.ts'
import { createProductPagesApp } from './services/product-pages/app.ts'
import { createPulpApp } from './services/pulp/app.ts'
import { createPyxisApp } from './services/pyxis/app.ts'
import { createPyxisRestApp } from './services/pyxis-rest/app.ts'
import { createResultsDbApp } from './services/resultsdb/app.ts'
import { createWaiverDbApp } from './services/waiverdb/app.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

/** Everything is optional: by default the example catalogue builds quickly and nothing fails. */
export type LabOptions = Omit<WorldOptions, 'failures'> & {
  /** The example catalogue when left out. */
  catalogue?: Catalogue
  /** `free`: any free port for each server; a number: that port and the following ones. */
  ports?: 'free' | number
  builder?: Partial<BuilderOptions> & Pick<WorldOptions, 'failures'>
}

/** The addresses, named like the settings of the service that they are for. */
export type LabUrls = {
  ERRATA_URL: string
  PYXIS_URL: string
  PYXIS_GRAPHQL_URL: string
  KOJI_BASE_URL: string
  KOJI_TOP_URL: string
  ODCS_URL: string
  PULP_URL: string
  PRODUCT_PAGES_URL: string
  FLATPAK_URL: string
  RESULTSDB_API_URL: string
  WAIVERDB_API_URL: string
  JIRA_URL: string
  /** JSON: where the rule files of packages and of side tags are. */
  REMOTE_RULE_POLICIES: string
}

/** A running lab; tests may read and change its world at any time. */
export type Lab = {
  urls: LabUrls
  /** Where `/lab/...` is served. */
  controlUrl: string
  world: World
  /** The server of each service. While it is stopped, its port refuses connections, as if the process had ended. */
  processes: Readonly<Record<Service, Listening>>
  stop: () => Promise<void>
}

const BUILD_MS = 200

/** Starts everything; if a part cannot start, those already running are stopped. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { catalogue = exampleCatalogue, ports = 'free', builder: builderOptions } = options
  const world = createWorld(catalogue, { ...options, failures: builderOptions?.failures })
  const builder = startBuilder(world, { parallelism: 4, durationMs: () => BUILD_MS, ...builderOptions })
  const listening: Listening[] = []
  const open = async (app: Hono) => {
    const server = await listen(app, ports === 'free' ? 0 : ports + listening.length)
    listening.push(server)
    return server
  }
  const stop = async () => {
    builder.stop()
    for (const timer of world.odcs.timers) clearTimeout(timer)
    await Promise.all(listening.map((server) => server.stop()))
  }
  try {
    const processes = await openAll(world, open)
    const control = await open(createControlApp(world))
    return { urls: urlsOf(processes), controlUrl: control.url, world, processes, stop }
  } catch (problem) {
    await stop()
    throw problem
  }
}

/** The order of the services is the order of their ports. */
async function openAll(
  world: World,
  open: (app: Hono) => Promise<Listening>,
): Promise<Record<Service, Listening>> {
  return {
    errata: await open(createErrataApp(world)),
    pyxis: await open(createPyxisApp(world)),
    koji: await open(createKojiApp(world)),
    odcs: await open(createOdcsApp(world)),
    pulp: await open(createPulpApp(world)),
    resultsdb: await open(createResultsDbApp(world)),
    waiverdb: await open(createWaiverDbApp(world)),
    distgit: await open(createDistGitApp(world)),
    jira: await open(createJiraApp(world)),
    'pyxis-rest': await open(createPyxisRestApp(world)),
    'product-pages': await open(createProductPagesApp(world)),
    'flatpak-index': await open(createFlatpakIndexApp(world)),
  }
}

function urlsOf(processes: Record<Service, Listening>): LabUrls {
  const { errata, pyxis, koji, odcs, pulp, resultsdb, waiverdb, distgit, jira } = processes
  return {
    ERRATA_URL: errata.url,
    PYXIS_URL: processes['pyxis-rest'].url,
    PYXIS_GRAPHQL_URL: `${pyxis.url}/graphql/`,
    KOJI_BASE_URL: `${koji.url}/kojihub`,
    KOJI_TOP_URL: `${koji.url}/kojifiles`,
    ODCS_URL: odcs.url,
    PULP_URL: pulp.url,
    PRODUCT_PAGES_URL: processes['product-pages'].url,
    FLATPAK_URL: processes['flatpak-index'].url,
    RESULTSDB_API_URL: `${resultsdb.url}/api/v2.0`,
    WAIVERDB_API_URL: `${waiverdb.url}/api/v1.0`,
    JIRA_URL: jira.url,
    REMOTE_RULE_POLICIES: JSON.stringify({
      '*': `${distgit.url}/{pkg_namespace}{pkg_name}/raw/{rev}/f/gating.yaml`,
      'brew-build-group': `${distgit.url}/devops/greenwave-policies/side-tags/raw/master/{subject_id}.yaml`,
    }),
  }
}

type Listening = { url: string; stop: () => Promise<void>; restart: () => Promise<void> }

async function listen(app: Hono, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch })
  const begin = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(at, '127.0.0.1', () => resolve())
    })
  await begin(port)
  const address = server.address() as AddressInfo // listening on a TCP port, so never a pipe name
  return {
    url: `http://127.0.0.1:${address.port}`,
    restart: () => begin(address.port),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        // Otherwise hanging requests would keep the server open forever.
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
