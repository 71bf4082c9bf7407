/** Clients of the build system for tests, hubs that know certain builds, and what a hub has received. */
import { createKojiClient, type KojiClient, type KojiOptions } from '../../../src/clients/koji/client.ts'
import { KojiFault } from '../../../src/clients/koji/hub/fault.ts'

import { XmlRpcFault, type XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import { clientOptions } from './client-options.ts'
import { type FakeHub, startHub } from './fake-hub.ts'
import { type containerBuild, imageArchive } from './koji-structs.ts'

/** A client of `hub` without a login, unless `changes` has one. */
export function kojiClient(hub: FakeHub, changes: Partial<KojiOptions> = {}): KojiClient {
  return createKojiClient({
    ...clientOptions(hub.url),
    auth: { kind: 'none' },
    requestsPerSecond: 1000,
    ...changes,
  })
}

/** A client of a hub with these builds by NVR; for `offline` the hub is not available, and for `odd` it cannot answer. */
export async function kojiClientOf(
  builds: Record<string, XmlRpcInput>,
  changes: Partial<KojiOptions> = {},
): Promise<KojiClient> {
  const hub = await startHub()
  hub.methods['getBuild'] = ([nvr]) => {
    const build = builds[String(nvr)] ?? null
    if (build === 'offline') throw new XmlRpcFault(1014, 'hub is offline for maintenance')
    if (build === 'odd') throw new XmlRpcFault(1000, 'Invalid extra data')
    return build
  }
  return kojiClient(hub, changes)
}

/** A hub with these container builds, and a task and two archives for each of them. */
export async function hubWithImages(builds: ReturnType<typeof containerBuild>[]): Promise<FakeHub> {
  const hub = await startHub()
  hub.methods.getBuild = ([wanted]) => {
    if (typeof wanted === 'string' && !/-.+-/.test(wanted))
      throw new KojiFault(1000, `invalid format: ${wanted}`)
    return builds.find(({ id, nvr }) => id === wanted || nvr === wanted) ?? null
  }
  hub.methods.getTaskRequest = ([id]) => {
    if (id === 404) throw new KojiFault(1000, 'query returned no rows')
    return [
      `git://pkgs.example.com/rpms/task-${id}#f00d`,
      'rhel-8-containers-candidate',
      { git_branch: 'rhel-8' },
    ]
  }
  hub.methods.listArchives = (_params, { buildID, type }) =>
    type === 'image'
      ? [imageArchive(Number(buildID) * 10, 'x86_64'), imageArchive(Number(buildID) * 10 + 1, 'aarch64')]
      : []
  return hub
}

/** The login of `sessionClient`. */
export const PASSWORD = { kind: 'password', user: 'freshwave', password: 'secret' } as const

/** A client of `hub` with a password, unless `changes` has another login. */
export function sessionClient(hub: FakeHub, changes: Partial<KojiOptions> = {}): KojiClient {
  return kojiClient(hub, { auth: PASSWORD, ...changes })
}

/** A request for a build of the container `name`. */
export function requestFor(name: string, target = 'rhel-8-containers-candidate') {
  const opts = { scratch: false, git_branch: 'rhel-8', release: '3.1795278293', isolated: true as const }
  return { source: `git://pkgs.example.com/containers/${name}#89abcdef`, target, opts }
}

/** The session headers of the requests that call `method`. */
export function headersOf(hub: FakeHub, method: string) {
  return hub.received
    .filter(({ body }) => body.includes(`>${method}<`))
    .map(({ headers }) => ({
      id: headers['koji-session-id'],
      key: headers['koji-session-key'],
      callnum: headers['koji-session-callnum'],
    }))
}

/** What the work rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    (error: unknown) => error,
  )
}
