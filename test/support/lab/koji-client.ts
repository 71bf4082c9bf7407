/** Clients of the build system for tests, and hubs that know certain builds. */
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
