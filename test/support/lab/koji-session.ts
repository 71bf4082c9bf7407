/** A client that logs in to a hub, the builds it submits, and what the hub received from it. */
import type { KojiClient, KojiOptions } from '../../../src/clients/koji/client.ts'

import type { FakeHub } from './fake-hub.ts'
import { kojiClient } from './koji-client.ts'

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
