/** Starts the lab: one HTTP server for each service, the build machines and the control door, on loopback. */
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Catalogue } from './catalogue/entry.ts'
import { exampleCatalogue } from './catalogue/example.ts'
import { createControlApp } from './control.ts'
import { createErrataApp } from './services/errata.ts'
import { type BuilderOptions, startBuilder } from './services/koji/builder.ts'
import { createKojiApp } from './services/koji/hub.ts'
import { createOdcsApp } from './services/odcs.ts'
import { createPulpApp } from './services/pulp.ts'
import { createPyxisApp } from './services/pyxis/pyxis.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

/** All of it may be left out: then the example catalogue builds quickly and nothing fails. */
export type LabOptions = Omit<WorldOptions, 'failures'> & {
  /** The example catalogue when left out. */
  catalogue?: Catalogue
  /** `free`: any free port for each; a number: that one and the following. */
  ports?: 'free' | number
  builder?: Partial<BuilderOptions> & Pick<WorldOptions, 'failures'>
}

/** The addresses, named as the settings of the service that takes them. */
export type LabUrls = {
  ERRATA_URL: string
  PYXIS_URL: string
  PYXIS_GRAPHQL_URL: string
  KOJI_BASE_URL: string
  KOJI_TOP_URL: string
  ODCS_URL: string
  PULP_URL: string
}

/** A running lab; the world may be read and changed while it runs. */
export type Lab = {
  urls: LabUrls
  /** Where `/lab/...` is served. */
  controlUrl: string
  world: World
  stop: () => Promise<void>
}

const BUILD_MS = 200

/** Starts everything; whatever was started is stopped again when a part cannot start. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const world = createWorld(options.catalogue ?? exampleCatalogue, {
    ...options,
    failures: options.builder?.failures,
  })
  const apps = {
    errata: createErrataApp(world),
    pyxis: createPyxisApp(world),
    koji: createKojiApp(world),
    odcs: createOdcsApp(world),
    pulp: createPulpApp(world),
    control: createControlApp(world),
  }
  const builder = startBuilder(world, { parallelism: 4, durationMs: () => BUILD_MS, ...options.builder })
  const listening: Listening[] = []
  const stop = async () => {
    builder.stop()
    for (const timer of world.odcs.timers) clearTimeout(timer)
    await Promise.all(listening.map((server) => server.stop()))
  }
  try {
    const base = options.ports === 'free' || options.ports === undefined ? null : options.ports
    const urls: Partial<Record<keyof typeof apps, string>> = {}
    for (const [index, [name, app]] of Object.entries(apps).entries()) {
      const server = await listen(app, base === null ? 0 : base + index)
      listening.push(server)
      urls[name as keyof typeof apps] = server.url
    }
    return { urls: labUrls(urls), controlUrl: urls.control ?? '', world, stop }
  } catch (problem) {
    await stop()
    throw problem
  }
}

function labUrls(urls: {
  errata?: string
  pyxis?: string
  koji?: string
  odcs?: string
  pulp?: string
}): LabUrls {
  return {
    ERRATA_URL: urls.errata ?? '',
    PYXIS_URL: urls.pyxis ?? '',
    PYXIS_GRAPHQL_URL: `${urls.pyxis}/graphql/`,
    KOJI_BASE_URL: `${urls.koji}/kojihub`,
    KOJI_TOP_URL: `${urls.koji}/kojifiles`,
    ODCS_URL: urls.odcs ?? '',
    PULP_URL: urls.pulp ?? '',
  }
}

type Listening = { url: string; stop: () => Promise<void> }

async function listen(app: Hono, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const address = server.address() as AddressInfo // listening on a TCP port, so never a pipe name
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        // Hung requests would keep the server open for ever.
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
